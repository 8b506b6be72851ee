import { CompareAll } from './compare-all.service';
import { CreateMirror } from './create-mirror.service';
import { DeleteMirror } from './delete-mirror.service';
import { EnforceReserved } from './enforce-reserved.service';
import { GetMirror } from './get-mirror.query';
import { ListMirrors } from './list-mirrors.query';
import { UpdateMirror } from './update-mirror.service';

export const MIRRORS = [CompareAll, CreateMirror, DeleteMirror, EnforceReserved, GetMirror, ListMirrors, UpdateMirror];
