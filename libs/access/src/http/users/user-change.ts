import type { UserChange } from '../../users/update-user.service';
import type { UpdateUserDto } from './user.dto';

export function userChangeOf(input: UpdateUserDto): UserChange {
  return {
    ...(input.full_name === undefined ? {} : { fullName: input.full_name }),
    ...(input.preferred_name === undefined ? {} : { preferredName: input.preferred_name }),
    ...(input.active === undefined ? {} : { active: input.active }),
  };
}
