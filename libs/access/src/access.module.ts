import { Global, Module } from '@nestjs/common';
import { FindRegistry } from './find-registry.query';
import { CreateOrganization } from './organizations/create-organization.service';
import { GetSelf } from './organizations/get-self.query';
import { RecordDenial } from './record-denial.service';
import { Authenticate } from './tokens/authenticate.query';

const PROVIDERS = [Authenticate, CreateOrganization, FindRegistry, GetSelf, RecordDenial];

@Global()
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class AccessModule {}
