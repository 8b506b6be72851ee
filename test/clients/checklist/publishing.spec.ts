import { aShelf, twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import { official, versionPath, type BulkStatus, type Entry, type Problem } from '../../e2e/sub-api/wire';
import { aServer, aWorld, type World } from '../../support/world';
import { goPathEscape, McpPublisher } from '../mcp-publisher';

describe('publishing', () => {
  let world: World;
  let shelf: Shelf;
  let theirs: Shelf;
  let token: string;
  let publisher: McpPublisher;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours: shelf, theirs } = await twins(world, 'main'));
    token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: shelf.id }]);
    publisher = new McpPublisher(world.url, `${shelf.base}/`, token);
  });

  afterAll(() => world.close());

  it('79. publishes for mcp-publisher, and tells it in text why a second time fails', async () => {
    expect(await publisher.publish(aServer())).toEqual({ ok: true, lines: [`Server ${WEATHER} version 1.0.0`] });
    const again = await publisher.publish(aServer());
    expect(again.ok).toBe(false);
    expect(again.lines[0]).toContain('server returned status 400');
    expect(again.lines[0]).toContain('invalid version: cannot publish duplicate version');
  });

  it('79. lets mcp-publisher explain a refused document from the issues of validate', async () => {
    const outcome = await publisher.publish(aServer({ version: 'latest', title: ' ' }));
    expect(outcome.ok).toBe(false);
    expect(outcome.lines.join('\n')).toContain("version string 'latest' is reserved and cannot be used");
    expect(outcome.lines.join('\n')).toContain('title cannot be only whitespace');
  });

  it('79. answers health and validate to mcp-publisher before it has signed in', async () => {
    const stranger = new McpPublisher(world.url, shelf.base, 'nonsense');
    expect(await stranger.health()).toBe(true);
    expect(await stranger.validate(aServer())).toMatchObject({ ok: true });
    const outcome = await stranger.publish(aServer({ version: '5.0.0' }));
    expect(outcome.lines[0]).toContain('server returned status 401');
  });

  it('79. publishes below every base that a login may name', async () => {
    const bases = [`/registries/${shelf.name}`, `/v0/registries/${shelf.id}`, `/o/acme/registries/${shelf.name}`];
    for (const [index, base] of bases.entries()) {
      const outcome = await new McpPublisher(world.url, base, token).publish(aServer({ version: `3.${index}.0` }));
      expect(outcome.ok).toBe(true);
    }
  });

  it('82. changes the status of one version and of all, on v0 and v0.1', async () => {
    for (const version of ['v0', 'v0.1']) {
      const name = `com.example/${version.replace('.', '-')}`;
      await shelf.publish({ name });
      const send = (path: string, status: string) =>
        world.call('PATCH', `${shelf.base}/${version}/${path}`, { token, body: { status } });
      const one = await send(`${versionPath(name, '1.0.0')}/status`, 'deprecated');
      expect(official(one.json<Entry>()).status).toBe('deprecated');
      const all = await send(`servers/${encodeURIComponent(name)}/status`, 'active');
      expect(all.json<BulkStatus>().updatedCount).toBe(1);
    }
  });

  it('82. follows the status commands of mcp-publisher, odd versions included', async () => {
    const name = 'com.example/odd';
    const versions = ['1.0.0+b.1', 'a@b:c=d&e$f', "it's (one)*!", 'ü/2'];
    for (const version of versions) {
      expect((await publisher.publish(aServer({ name, version }))).ok).toBe(true);
      const outcome = await publisher.setStatus(name, version, 'deprecated', 'old');
      expect(outcome).toEqual({ ok: true, lines: [`Updating ${name} version ${version}: active → deprecated`] });
    }
    expect(goPathEscape(versions[1] ?? '')).toBe('a@b:c=d&e$f');
    expect(await publisher.setAllStatuses(name, 'deleted')).toEqual({
      ok: true,
      lines: ['Successfully updated 4 version(s)'],
    });
    expect((await publisher.setAllStatuses(name, 'active')).ok).toBe(true);
    const refused = await publisher.setStatus(name, '1.0.0+b.1', 'active', 'fine');
    expect(refused.lines[0]).toContain('status_message cannot be provided when setting status to active');
    const missing = await publisher.setStatus(name, '9.9.9', 'deleted');
    expect(missing.lines[0]).toContain('Server not found');
  });

  it('83. refuses to rename a server by an edit', async () => {
    await shelf.publish({ name: 'com.example/named' });
    const answer = await shelf.call('PUT', versionPath('com.example/named', '1.0.0'), {
      body: aServer({ name: 'com.example/renamed' }),
    });
    expect([answer.status, answer.json<Problem>().detail]).toEqual([400, 'Cannot rename server']);
  });

  it('84. takes no publication into one registry with a token of another', async () => {
    const other = await aShelf(world, world.acme, 'other');
    for (const target of [other, theirs]) {
      const outcome = await new McpPublisher(world.url, target.base, token).publish(aServer({ version: '8.0.0' }));
      expect(outcome.lines[0]).toContain('server returned status 404');
    }
    expect((await other.list('?include_deleted=true')).servers).toEqual([]);
    expect((await theirs.list('?include_deleted=true')).metadata.count).toBe(1);
  });
});
