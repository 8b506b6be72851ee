import { CreateUpstream } from './create-upstream.service';
import { DeleteUpstream } from './delete-upstream.service';
import { GetUpstream } from './get-upstream.query';
import { ListUpstreams } from './list-upstreams.query';
import { TestConnection } from './test-connection';
import { TestNewUpstream } from './test-new-upstream.service';
import { TestUpstream } from './test-upstream.service';
import { UpdateUpstream } from './update-upstream.service';

export const UPSTREAMS = [
  CreateUpstream,
  DeleteUpstream,
  GetUpstream,
  ListUpstreams,
  TestConnection,
  TestNewUpstream,
  TestUpstream,
  UpdateUpstream,
];
