-- Times are whole microseconds since 1970, UTC. JSON stands as text. History is appended by rowid:
-- clustering it by request costs four times the writes.

-- Facts about this database: `dev`, `mark` (the high-water mark of time), `signing_key`.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- The state row of a request: the cache of its events.
CREATE TABLE requests (
  id        TEXT PRIMARY KEY,
  version   INTEGER NOT NULL,
  flow      TEXT NOT NULL,
  bundle    TEXT NOT NULL,
  requester TEXT NOT NULL,
  phase     TEXT NOT NULL,
  outcome   TEXT,
  opened_at INTEGER NOT NULL,
  event_at  INTEGER NOT NULL,
  wake_at   INTEGER,
  state     TEXT NOT NULL
);
CREATE INDEX requests_due ON requests (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX requests_opened ON requests (opened_at, id);
CREATE INDEX requests_open ON requests (requester) WHERE phase <> 'ended';

-- What happened, each with the context it was decided in and what was answered.
CREATE TABLE events (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  id      TEXT NOT NULL UNIQUE,
  request TEXT NOT NULL,
  at      INTEGER NOT NULL,
  body    TEXT NOT NULL,
  reply   TEXT NOT NULL
);

-- Calls to the world that are owed, in flight or settled; one row for each attempt. `started` is
-- written before a call leaves; `starts` is over 1 where it was repeated after a crash.
CREATE TABLE effects (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  key        TEXT NOT NULL UNIQUE,
  request    TEXT NOT NULL,
  lane       TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  body       TEXT NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('pending', 'started', 'done', 'dropped')),
  starts     INTEGER NOT NULL DEFAULT 0,
  node       TEXT,
  started_at INTEGER,
  outcome    TEXT
);
CREATE INDEX effects_lane ON effects (lane, seq) WHERE status IN ('pending', 'started');
CREATE INDEX effects_due ON effects (not_before) WHERE status IN ('pending', 'started');

-- One row for each access that stands or stood through us, with its own version. `kept` is false
-- once nothing stands and no later request could share it.
CREATE TABLE grants (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  person  TEXT NOT NULL,
  kept    INTEGER NOT NULL,
  state   TEXT NOT NULL
);
CREATE INDEX grants_person ON grants (person) WHERE kept;

-- Content may be erased by retention; hash and block stay.
CREATE TABLE audit (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  block   INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  request TEXT,
  body    TEXT,
  salt    BLOB NOT NULL,
  hash    BLOB NOT NULL
);
CREATE INDEX audit_request ON audit (request, seq) WHERE request IS NOT NULL;

-- One block for each batch of commits that wrote audit records.
CREATE TABLE audit_blocks (
  seq     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  records INTEGER NOT NULL,
  root    BLOB NOT NULL,
  hash    BLOB NOT NULL
);

-- What people and channels were told.
CREATE TABLE messages (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  id      TEXT NOT NULL UNIQUE,
  at      INTEGER NOT NULL,
  request TEXT,
  target  TEXT NOT NULL,
  person  TEXT,
  body    TEXT NOT NULL
);
CREATE INDEX messages_person ON messages (person, seq) WHERE person IS NOT NULL;

-- Every bundle that was ever served: a request keeps the one it was opened with.
CREATE TABLE bundles (
  hash      TEXT PRIMARY KEY,
  loaded_at INTEGER NOT NULL,
  current   INTEGER NOT NULL,
  file      TEXT NOT NULL
);

-- Counts up per flow address when the flow's hash changes: the version that a Lambda sees.
CREATE TABLE flow_versions (
  flow    TEXT NOT NULL,
  hash    TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (flow, hash)
) WITHOUT ROWID;

-- `*` or a flow's address: no new requests, no escalations.
CREATE TABLE freezes (
  scope  TEXT PRIMARY KEY,
  at     INTEGER NOT NULL,
  person TEXT NOT NULL,
  reason TEXT NOT NULL
) WITHOUT ROWID;
