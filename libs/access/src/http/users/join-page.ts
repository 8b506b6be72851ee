import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '../../users/passwords';
import { FULL_NAME_MAX } from './user.dto';

export const JOIN_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Join - Portolan</title>
<link rel="stylesheet" href="/join.css">
<script src="/join.js" defer></script>
</head>
<body>
<main>
<h1>Join Portolan</h1>
<noscript><p>This page needs JavaScript.</p></noscript>
<p id="status" role="status"></p>
<form id="form" method="post" hidden>
<label for="full_name">Your name</label>
<input id="full_name" name="full_name" autocomplete="name" maxlength="${FULL_NAME_MAX}" aria-describedby="name_hint">
<p id="name_hint" class="hint">Leave it empty to keep the name that the invitation gives you.</p>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required
  minlength="${PASSWORD_LENGTH_MIN}" maxlength="${PASSWORD_LENGTH_MAX}" aria-describedby="password_hint">
<p id="password_hint" class="hint">${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters, not your email address.</p>
<button type="submit" id="join">Join</button>
<button type="button" id="sso">Sign in with single sign-on</button>
</form>
<section id="done" hidden>
<h2 tabindex="-1" id="done_title">Welcome</h2>
<p>You have joined as <strong id="email"></strong>. Sign in with this email address and your password:</p>
<pre>POST /v0/login
{"login_path": "&lt;your organization&gt;", "email": "&lt;your address&gt;", "password": "&lt;your password&gt;"}</pre>
<p>Then create an access token for your tools at <code>POST /v0/users/me/access-tokens</code>. <a href="/docs">All operations</a></p>
</section>
</main>
</body>
</html>
`;

export const JOIN_SCRIPT = `'use strict';
const element = (id) => document.getElementById(id);
const say = (text) => { element('status').textContent = text; };
const token = new URLSearchParams(location.hash.slice(1)).get('token');

if (token === null) say('This link is not complete. Open it once more as it was sent to you.');
else element('form').hidden = false;

const ask = async (button, path, body, options, succeed) => {
  button.disabled = true;
  say('One moment.');
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      ...options,
    });
    const content = await answer.json();
    if (answer.ok) return succeed(content);
    // The other way stays.
    if (content.type === 'urn:portolan:error:login_disabled') button.hidden = true;
    const reasons = (content.invalid_parameters || []).map(({ reason }) => reason);
    say(reasons.length > 0 ? reasons.join('; ') : content.detail);
  } catch {
    say('The server did not answer. Try again.');
  } finally {
    button.disabled = false;
  }
};

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = element('full_name').value.trim();
  const body = { token, password: element('password').value, ...(name === '' ? {} : { full_name: name }) };
  return ask(element('join'), '/v0/invites/accept', body, { credentials: 'omit' }, ({ email }) => {
    say('');
    history.replaceState(null, '', location.pathname);
    element('email').textContent = email;
    element('form').hidden = true;
    element('done').hidden = false;
    element('done_title').focus();
  });
});

// Its cookie has to stay, and the origin must be told, which the policy of the page would hide in some browsers.
element('sso').addEventListener('click', () =>
  ask(element('sso'), '/v0/invites/accept/oidc', { token }, { referrerPolicy: 'same-origin' }, ({ url }) => {
    location.assign(url);
  }));
`;

export const JOIN_STYLE = `:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 10vh auto; padding: 0 1rem; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input, button { width: 100%; box-sizing: border-box; padding: .6rem; font: inherit; }
button { margin-top: 1.5rem; }
pre { overflow: auto; }
.hint { margin: .25rem 0 0; font-size: .875rem; }
[hidden] { display: none; }
`;
