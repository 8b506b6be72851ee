import { Egress } from '@portolan/egress';
import { AddSubject } from './add-subject.service';
import { CreateIssuer } from './create-issuer.service';
import { DeleteIssuer } from './delete-issuer.service';
import { FindSubject } from './find-subject.query';
import { GetIssuer } from './get-issuer.query';
import { IssuerKeys } from './issuer-keys';
import { ListIssuers } from './list-issuers.query';
import { UpdateIssuer } from './update-issuer.service';
import { VerifyJwt } from './verify-jwt';

const KEYS = { provide: IssuerKeys, useFactory: (egress: Egress) => new IssuerKeys(egress), inject: [Egress] };

export const ISSUERS = [
  AddSubject,
  CreateIssuer,
  DeleteIssuer,
  FindSubject,
  GetIssuer,
  KEYS,
  ListIssuers,
  UpdateIssuer,
  VerifyJwt,
];
