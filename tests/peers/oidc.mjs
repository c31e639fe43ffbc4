// A certified OpenID provider on 127.0.0.1: `node oidc.mjs PORT REDIRECT_URI`. Any name with any
// password logs in, as NAME@acme.example. `flow` is the daemon's client; `robot` a machine's, which
// gets signed access tokens for the audience `flow-machines`.
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const audience = 'urn:flow-machines';

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'flow',
      client_secret: 'a-secret-of-the-client',
      redirect_uris: [redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
    {
      client_id: 'robot',
      client_secret: 'a-secret-of-the-robot',
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ],
  pkce: { required: () => true, methods: ['S256'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  // Claims stand in the id token, not only behind the user info endpoint.
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@acme.example`, email_verified: true, name: id }),
  }),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_, client) => (client.clientId === 'robot' ? audience : undefined),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'ask',
        audience: 'flow-machines',
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
      }),
    },
  },
  cookies: { keys: ['for tests only'] },
});

provider.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${issuer}`));
