import { CreateCapabilityUrl } from './create-capability-url.service';
import { GetCapabilityUrl } from './get-capability-url.query';
import { ListCapabilityUrls } from './list-capability-urls.query';
import { RevokeCapabilityUrl } from './revoke-capability-url.service';

export const CAPABILITY_URLS = [CreateCapabilityUrl, GetCapabilityUrl, ListCapabilityUrls, RevokeCapabilityUrl];
