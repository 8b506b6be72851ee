import { Ajv, type ValidateFunction } from 'ajv';
import type { World } from '../support/world';

type Component = 'ServerList' | 'ServerResponse' | 'BulkStatusResponse' | 'ValidationResult' | 'Problem';
type Info = 'Health' | 'Ping' | 'Version';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Checks answers against the description that a registry serves of itself. */
export class Contract {
  private constructor(private readonly ajv: Ajv) {}

  static async of(world: World, base: string): Promise<Contract> {
    const { components } = (await world.call('GET', `${base}/openapi.json`)).json<{ components: object }>();
    const ajv = new Ajv({ strict: false, allErrors: true });
    ajv.addFormat('date-time', RFC_3339);
    ajv.addFormat('uri', (text: string) => URL.canParse(text));
    ajv.addSchema({ $id: 'api', components });
    return new Contract(ajv);
  }

  /** What is wrong with a value as that component; empty when nothing is. */
  faults(component: Component | Info, value: unknown): string[] {
    const validate: ValidateFunction | undefined = this.ajv.getSchema(`api#/components/schemas/${component}`);
    if (!validate) throw new Error(`the description has no ${component}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
  }
}
