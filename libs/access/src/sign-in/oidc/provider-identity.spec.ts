import { DEFAULT_CLAIM_MAPPINGS } from '../identity-providers/identity-provider-row';
import { identityOf } from './provider-identity';

const CLAIMS = { sub: 'ada', email: 'ada@example.com', name: 'Ada' };
const emailOf = (claims: object) => identityOf({ ...CLAIMS, ...claims }, DEFAULT_CLAIM_MAPPINGS, false).email;

describe('The email address that a provider says', () => {
  it.each([[{}], [{ email_verified: undefined }], [{ email_verified: true }], [{ email_verified: 'true' }]])(
    'counts with %j',
    (claims) => {
      expect(emailOf(claims)).toBe('ada@example.com');
    },
  );

  it.each([false, 'false', 'TRUE', ' true', '1', 1, 0, '', null, [true], { value: true }])(
    'counts for nothing when email_verified is %j',
    (email_verified) => {
      expect(emailOf({ email_verified })).toBeNull();
    },
  );

  it.each(['', 'ada', 'a@b@c', 'Ada <ada@example.com>', 'a da@example.com', 'ada@example.com\n', ['ada@example.com']])(
    'is none when it is %j',
    (email) => {
      expect(emailOf({ email })).toBeNull();
    },
  );
});
