import { aServer, aWorld, type World } from '../../support/world';
import { aShelf, twins, WEATHER, type Shelf } from './shelf';
import { official, type Entry, type Problem } from './wire';

const RACERS = 50;

describe('writes at the same moment', () => {
  let world: World;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ theirs } = await twins(world, 'main'));
  });

  afterAll(() => world.close());

  const race = <T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => run(index)));

  const latestOf = async (shelf: Shelf): Promise<string[]> =>
    (await shelf.list('?limit=100&include_deleted=true')).servers
      .filter((entry) => official(entry).isLatest)
      .map(({ server }) => server.version);

  it('publish one version once, however many try', async () => {
    const shelf = await aShelf(world, world.acme, 'same');
    const answers = await race(RACERS, (index) =>
      shelf.call('POST', 'publish', { body: aServer({ description: `Attempt ${index}` }) }),
    );
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    for (const loser of answers.filter(({ status }) => status !== 200)) {
      expect(loser.status).toBe(400);
      expect(loser.json<Problem>().errors?.[0]?.message).toBe('invalid version: cannot publish duplicate version');
    }
    expect((await shelf.list()).servers).toEqual(winners.map((winner) => winner.json<Entry>()));
    expect(await shelf.changes()).toHaveLength(1);
  });

  it('publish all versions of one server and leave one latest, the highest', async () => {
    const shelf = await aShelf(world, world.acme, 'many');
    const answers = await race(RACERS, (index) =>
      shelf.call('POST', 'publish', { body: aServer({ version: `1.${(index * 7) % RACERS}.0` }) }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(RACERS).fill(200));
    expect(await latestOf(shelf)).toEqual([`1.${RACERS - 1}.0`]);
    expect(await shelf.changes()).toHaveLength(RACERS);
    const times = (await shelf.list('?limit=100')).servers.map((entry) => official(entry).publishedAt);
    expect(new Set(times).size).toBe(RACERS);
  });

  it('publish as many different servers side by side', async () => {
    const shelf = await aShelf(world, world.acme, 'different');
    const answers = await race(RACERS, (index) =>
      shelf.call('POST', 'publish', { body: aServer({ name: `com.example/server-${index}` }) }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(RACERS).fill(200));
    expect((await shelf.list('?limit=100&version=latest')).metadata.count).toBe(RACERS);
  });

  it('give a remote URL to one of the servers that race for it, and free it again', async () => {
    for (let round = 0; round < 5; round += 1) {
      const shelf = await aShelf(world, world.acme, `url-${round}`);
      const remotes = ['one', 'two'].map((host) => ({ type: 'sse', url: `https://${host}.example.com/sse` }));
      const answers = await race(8, (index) =>
        shelf.call('POST', 'publish', {
          body: aServer({
            name: `com.example/racer-${index}`,
            remotes: index % 2 === 0 ? remotes : [...remotes].reverse(),
          }),
        }),
      );
      const winners = answers.filter(({ status }) => status === 200).map((answer) => answer.json<Entry>().server.name);
      expect(winners).toHaveLength(1);
      for (const loser of answers.filter(({ status }) => status !== 200)) {
        expect(loser.status).toBe(400);
        expect(loser.json<Problem>().errors?.[0]?.message).toMatch(
          new RegExp(
            `^remote URL https://(one|two)\\.example\\.com/sse is already used by server ${winners[0] ?? ''}$`,
          ),
        );
      }
      expect((await shelf.list()).metadata.count).toBe(1);
    }
  });

  it('restore one of two deleted servers with the same remote URL', async () => {
    const shelf = await aShelf(world, world.acme, 'restore');
    const names = ['com.example/first', 'com.example/second'];
    for (const name of names) {
      await shelf.publish({ name, remotes: [{ type: 'sse', url: 'https://one.example.com/sse' }] });
      await shelf.setStatuses(name, 'deleted');
    }
    const answers = await race(2, (index) =>
      shelf.call('PATCH', `servers/${encodeURIComponent(names[index] ?? '')}/status`, { body: { status: 'active' } }),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await shelf.list()).metadata.count).toBe(1);
  });

  it('keep exactly one latest while versions are published, deleted and restored', async () => {
    const shelf = await aShelf(world, world.acme, 'mixed');
    const versions = Array.from({ length: 10 }, (_, index) => `1.0.${index}`);
    for (const version of versions) await shelf.publish({ version });
    const answers = await race(40, (index) => {
      const version = versions[index % versions.length] ?? '';
      const path = `servers/com.example%2Fweather/versions/${version}`;
      if (index < 10) return shelf.call('POST', 'publish', { body: aServer({ version: `2.0.${index}` }) });
      if (index < 20) return shelf.call('DELETE', path);
      if (index < 30) return shelf.call('PATCH', `${path}/status`, { body: { status: 'deprecated' } });
      return shelf.call('PUT', path, { body: aServer({ version, description: 'Edited' }) });
    });
    expect(answers.filter(({ status }) => ![200, 400, 404].includes(status))).toEqual([]);
    expect(await latestOf(shelf)).toEqual(['2.0.9']);
    const accepted = answers.filter(({ status }) => status === 200).length;
    expect(await shelf.changes()).toHaveLength(versions.length + accepted);
  });

  it('leave the same names of another organization alone', async () => {
    const { servers } = await theirs.list('?include_deleted=true');
    expect(servers.map(({ server }) => [server.name, server.description])).toEqual([[WEATHER, 'Of globex']]);
  });
});
