/** Where the test cluster listens; made once for a whole run by global-setup.ts. */
export interface TestCluster {
  readonly superuserUrl: string;
  readonly ownerUrl: string;
  readonly appUrl: string;
}

const VARIABLE = 'PORTOLAN_TEST_CLUSTER';

export function publishCluster(cluster: TestCluster): void {
  process.env[VARIABLE] = JSON.stringify(cluster);
}

export function testCluster(): TestCluster {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('this test needs a database: run it with `npm test -- <file>`');
  return JSON.parse(text) as TestCluster;
}
