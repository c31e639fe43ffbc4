-- Times are whole microseconds since 1970, UTC. Nobody is ever deleted: history points at people.
CREATE TABLE people (
  id       TEXT PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  name     TEXT NOT NULL,
  role     TEXT NOT NULL CHECK (role IN ('admin', 'member', 'guest')),
  kind     TEXT NOT NULL CHECK (kind IN ('human', 'bot')),
  active   INTEGER NOT NULL,
  added_at INTEGER NOT NULL
);

-- Lower case; each address belongs to one person. `place` 0 is the one that flows see.
CREATE TABLE emails (
  email  TEXT PRIMARY KEY,
  person TEXT NOT NULL REFERENCES people (id),
  place  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX emails_person ON emails (person, place);

-- One account of a service belongs to one person, for ever.
CREATE TABLE links (
  service     TEXT NOT NULL,
  tenant      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  person      TEXT NOT NULL REFERENCES people (id),
  how         TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (service, tenant, external_id)
) WITHOUT ROWID;
CREATE INDEX links_person ON links (person);

-- `hash` is the SHA-256 of the token, which stands nowhere. `gone` says why a token stopped before
-- its time: `revoked`, `swapped` (its owner confirmed it) or `deactivated`.
CREATE TABLE tokens (
  id           TEXT PRIMARY KEY,
  hash         BLOB NOT NULL UNIQUE,
  person       TEXT NOT NULL REFERENCES people (id),
  scope        TEXT NOT NULL CHECK (scope IN ('ask', 'decide', 'admin')),
  issued_by    TEXT REFERENCES people (id),
  issued_at    INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  confirmed    INTEGER NOT NULL,
  last_used_at INTEGER,
  gone         TEXT,
  gone_at      INTEGER,
  reused_at    INTEGER
);
CREATE INDEX tokens_person ON tokens (person, issued_at);

-- What an idempotency key was answered. `unique_id` is made with the first call and names the event
-- it leads to. `status` is absent while no answer is known, `answer` where it held a secret.
CREATE TABLE replies (
  person    TEXT NOT NULL,
  route     TEXT NOT NULL,
  key       TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  unique_id TEXT NOT NULL,
  at        INTEGER NOT NULL,
  status    INTEGER,
  answer    TEXT,
  PRIMARY KEY (person, route, key)
) WITHOUT ROWID;
CREATE INDEX replies_at ON replies (at);
