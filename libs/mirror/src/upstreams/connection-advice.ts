import type { UpstreamFaultCode } from '../sources/upstream-fault';

const ADVICE: Readonly<Partial<Record<UpstreamFaultCode, string>>> = {
  address_forbidden:
    'Use https to a public host on port 443 or 8443, or have the operator allow the address of the upstream in EGRESS_ALLOW',
  unreachable: 'See that the upstream runs, and that a firewall lets the platform through to its host and port',
  tls_failed:
    'Give the upstream a certificate of a public authority for its name; where that cannot be, turn verify_tls off',
  too_slow: 'See that the upstream runs and is not overloaded, and that a firewall lets the platform through',
  too_large: 'Have the upstream keep to the limit that is asked for: a page may have 20 MiB',
  redirected: 'Set the URL that the redirect leads to; one that leads to a login page wants credentials in headers',
  credentials_refused:
    'Set the headers that the upstream wants, such as authorization, with a credential that is valid',
  rate_limited: 'Wait a while and test again; if it stays so, ask for a higher limit there',
  server_error: 'Wait a while and test again; if it stays so, tell whoever runs the upstream',
  cursor_refused: 'Tell whoever runs the upstream: a list must go on with the cursor that its page gives out',
  not_a_registry:
    'Set the URL below which the upstream has /v0.1/servers; a page for people there is often a login page',
  credentials_unreadable: 'Set the headers of the upstream again',
};

/** What to do about a fault. */
export function adviceOn(code: UpstreamFaultCode): string {
  return ADVICE[code] ?? 'See that the URL is the one below which the upstream has /v0.1/servers';
}
