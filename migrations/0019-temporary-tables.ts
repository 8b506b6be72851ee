import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack } from './support';

/**
 * The application plans large changes in temporary tables. Unless it is told otherwise PostgreSQL looks for a table among
 * those first, so the owner's SECURITY DEFINER functions are told to look there last: nobody slips a table under them.
 */
export class TemporaryTables1764000000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$
      declare v_function regprocedure;
      begin
        for v_function in
          select p.oid::regprocedure from pg_proc p
          where p.pronamespace = 'public'::regnamespace and p.prosecdef and pg_has_role(p.proowner, 'usage')
        loop
          execute format('alter function %s set search_path = pg_catalog, public, pg_temp', v_function);
        end loop;
      end $$`);
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
