import type { ApiConfig } from '@portolan/config';
import { Metrics, type Service } from '@portolan/telemetry';
import { createApp, listen } from './create-app';
import { MetricsExchange } from './processes/metrics-exchange';

/**
 * Serves the API in this process.
 *
 * @param number of this process among those behind the port, from 1; null for the only one
 */
export async function serve(config: ApiConfig, number: number | null): Promise<Service> {
  const app = await createApp(config);
  const metrics = app.get(Metrics);
  metrics.watchProcess();
  if (number !== null) {
    const exchange = new MetricsExchange(number, () => metrics.snapshot(), process);
    metrics.tellOf(() => exchange.gather());
  }
  return { url: await listen(app, config.port, config.host), close: () => app.close() };
}
