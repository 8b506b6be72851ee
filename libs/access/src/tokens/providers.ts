import { CreateToken } from './create-token.service';
import { DeleteToken } from './delete-token.service';
import { GetToken } from './get-token.query';
import { ListPersonalTokens } from './list-personal-tokens.query';
import { ListTokens } from './list-tokens.query';
import { RevokeToken } from './revoke-token.service';
import { RotateToken } from './rotate-token.service';
import { UpdateToken } from './update-token.service';

export const TOKENS = [
  CreateToken,
  DeleteToken,
  GetToken,
  ListPersonalTokens,
  ListTokens,
  RevokeToken,
  RotateToken,
  UpdateToken,
];
