import { ClaimDelivery, DeliverBatch, SigningKeys } from '@portolan/audit';
import { systemCtx } from '@portolan/kernel';
import { aDestination, seal } from '../e2e/audit/support/destinations';
import { aSiem, type Siem } from '../support/siem';
import { aWorld, type Organization, type World } from '../support/world';

const DESTINATIONS = 3;

describe('Claims of deliveries', () => {
  let world: World;
  let siem: Siem;
  let organizations: Organization[];

  const claims = () => world.app.get(ClaimDelivery);
  const claimAll = async (busy: readonly string[] = []) => {
    const found: string[] = [];
    for (let claim = await next(busy); claim !== null; claim = await next(busy)) found.push(claim.org_id);
    return found;
  };
  const next = (busy: readonly string[]) => claims().execute('unproven', busy);

  beforeAll(async () => {
    world = await aWorld();
    siem = await aSiem();
    organizations = [world.acme, world.globex, await world.anOrganization('third')];
    for (const organization of organizations) {
      for (let i = 0; i < DESTINATIONS; i += 1)
        await aDestination(world, organization, { name: `siem ${i}`, endpoint: siem.url });
      await seal(world, organization);
    }
  });

  beforeEach(async () => {
    siem.clear();
    await world.db.query('update audit_delivery set claimed_until = null');
  });

  afterAll(async () => {
    await siem.close();
    await world.close();
  });

  it('serve the organization first that was served the longest time ago', async () => {
    const order = await claimAll();
    const turn = order.slice(0, organizations.length);
    expect(new Set(turn)).toEqual(new Set(organizations.map(({ id }) => id)));
    expect(order).toEqual(Array.from({ length: DESTINATIONS }, () => turn).flat());
  });

  it('pass over organizations that have to wait', async () => {
    const { id } = world.globex;
    const busy = organizations.map((organization) => organization.id).filter((other) => other !== id);
    expect(await claimAll(busy)).toEqual([id, id, id]);
  });

  describe('of which much is over', () => {
    const lateClaim = async () => {
      const claim = await next([]);
      if (claim === null) throw new Error('nothing is due');
      return { ...claim, askedAtMs: claim.askedAtMs - 20_000 };
    };
    const untilOf = async (id: string) => {
      const [row] = await world.db.query<{ until: string | null }>(
        'select rfc3339(claimed_until) as until from audit_delivery where id = $1',
        [id],
      );
      return row?.until ?? null;
    };

    it('are made longer before a batch is sent', async () => {
      const claim = await lateClaim();
      const renewed = await claims().ensure(systemCtx(claim.org_id, 'test', '0'.repeat(32)), claim);
      expect(renewed?.claimed_until).toBe(await untilOf(claim.id));
      expect(String(renewed?.claimed_until) > claim.claimed_until).toBe(true);
    });

    it('move the delivery on all the same', async () => {
      const claim = await lateClaim();
      const signer = await world.app.get(SigningKeys).signer();
      expect(await world.app.get(DeliverBatch).execute(claim, signer)).toBe(true);
      expect(siem.requests).toHaveLength(1);
      expect(await untilOf(claim.id)).toBeNull();
    });

    it('send nothing when somebody else has the delivery by now', async () => {
      const claim = await lateClaim();
      const others = new Date(Date.now() + 30_000).toISOString();
      await world.db.query('update audit_delivery set claimed_until = $2 where id = $1', [claim.id, others]);
      const signer = await world.app.get(SigningKeys).signer();
      expect(await world.app.get(DeliverBatch).execute(claim, signer)).toBe(false);
      expect(siem.requests).toEqual([]);
      expect(new Date(String(await untilOf(claim.id))).toISOString()).toBe(others);
    });
  });

  it('are kept by who has them when an attempt of somebody who lost his fails', async () => {
    const claim = await next([]);
    if (claim === null) throw new Error('nothing is due');
    await world.db.query(`update audit_delivery set claimed_until = now() + interval '1 minute' where id = $1`, [
      claim.id,
    ]);
    siem.react({ status: 500 });
    await world.app.get(DeliverBatch).execute(claim, await world.app.get(SigningKeys).signer());
    expect(siem.requests).toHaveLength(1);
    expect(
      await world.db.query('select attempts, claimed_until > now() as is_claimed from audit_delivery where id = $1', [
        claim.id,
      ]),
    ).toEqual([{ attempts: 0, is_claimed: true }]);
  });
});
