-- Times are whole microseconds since 1970, UTC. JSON stands as text. No sequences: what is counted is
-- counted in `heads`, whose only row every writing transaction locks first, so that the trail has no
-- gap and nodes write one after the other. Nothing here but tables, indexes and row locks.

CREATE TABLE heads (
  one     BOOLEAN PRIMARY KEY CHECK (one),
  block   BIGINT NOT NULL,
  hash    BYTEA NOT NULL,
  audit   BIGINT NOT NULL,
  events  BIGINT NOT NULL,
  effects BIGINT NOT NULL,
  message BIGINT NOT NULL,
  token   BIGINT NOT NULL
);

-- One row for each start of a daemon. `token` only grows; a node whose `until` has passed writes
-- nothing any more, and what it began is taken over.
CREATE TABLE nodes (
  token BIGINT PRIMARY KEY,
  name  TEXT NOT NULL,
  until TIMESTAMPTZ NOT NULL
);

-- Facts about this database: `dev`, `mark` (the high-water mark of time), `signing_key`.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The state row of a request: the cache of its events.
CREATE TABLE requests (
  id        TEXT COLLATE "C" PRIMARY KEY,
  version   BIGINT NOT NULL,
  flow      TEXT NOT NULL,
  bundle    TEXT NOT NULL,
  requester TEXT NOT NULL,
  phase     TEXT NOT NULL,
  outcome   TEXT,
  opened_at BIGINT NOT NULL,
  event_at  BIGINT NOT NULL,
  wake_at   BIGINT,
  state     TEXT NOT NULL
);
CREATE INDEX requests_due ON requests (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX requests_opened ON requests (opened_at, id);
CREATE INDEX requests_open ON requests (requester) WHERE phase <> 'ended';

-- What happened, each with the context it was decided in and what was answered.
CREATE TABLE events (
  seq     BIGINT PRIMARY KEY,
  id      TEXT COLLATE "C" NOT NULL UNIQUE,
  request TEXT NOT NULL,
  at      BIGINT NOT NULL,
  body    TEXT NOT NULL,
  reply   TEXT NOT NULL
);
CREATE INDEX events_request ON events (request, seq);

-- Calls to the world that are owed, in flight or settled; one row for each attempt. `started` is
-- written before a call leaves. `owner` is the token of the node that claimed it last.
CREATE TABLE effects (
  seq        BIGINT PRIMARY KEY,
  key        TEXT COLLATE "C" NOT NULL UNIQUE,
  request    TEXT NOT NULL,
  lane       TEXT COLLATE "C" NOT NULL,
  not_before BIGINT NOT NULL,
  body       TEXT NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('pending', 'started', 'done', 'dropped')),
  starts     BIGINT NOT NULL DEFAULT 0,
  node       TEXT,
  owner      BIGINT,
  started_at BIGINT,
  outcome    TEXT
);
CREATE INDEX effects_lane ON effects (lane, seq) WHERE status IN ('pending', 'started');
CREATE INDEX effects_due ON effects (not_before) WHERE status IN ('pending', 'started');

-- One row for each access that stands or stood through us, with its own version. `kept` is false
-- once nothing stands and no later request could share it.
CREATE TABLE grants (
  id      TEXT COLLATE "C" PRIMARY KEY,
  version BIGINT NOT NULL,
  person  TEXT NOT NULL,
  kept    BOOLEAN NOT NULL,
  state   TEXT NOT NULL
);
CREATE INDEX grants_person ON grants (person) WHERE kept;

-- Content may be erased by retention; hash and block stay.
CREATE TABLE audit (
  seq     BIGINT PRIMARY KEY,
  block   BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  request TEXT,
  body    TEXT,
  salt    BYTEA NOT NULL,
  hash    BYTEA NOT NULL
);
CREATE INDEX audit_request ON audit (request, seq) WHERE request IS NOT NULL;

-- One block for each batch of commits that wrote audit records.
CREATE TABLE audit_blocks (
  seq     BIGINT PRIMARY KEY,
  at      BIGINT NOT NULL,
  records BIGINT NOT NULL,
  root    BYTEA NOT NULL,
  hash    BYTEA NOT NULL
);

-- What people and channels were told.
CREATE TABLE messages (
  seq     BIGINT PRIMARY KEY,
  id      TEXT COLLATE "C" NOT NULL UNIQUE,
  at      BIGINT NOT NULL,
  request TEXT,
  target  TEXT NOT NULL,
  person  TEXT,
  body    TEXT NOT NULL
);
CREATE INDEX messages_person ON messages (person, seq) WHERE person IS NOT NULL;

-- Every bundle that was ever served: a request keeps the one it was opened with.
CREATE TABLE bundles (
  hash      TEXT PRIMARY KEY,
  loaded_at BIGINT NOT NULL,
  current   BOOLEAN NOT NULL,
  file      TEXT NOT NULL
);

-- Counts up per flow address when the flow's hash changes: the version that a Lambda sees.
CREATE TABLE flow_versions (
  flow    TEXT NOT NULL,
  hash    TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (flow, hash)
);

-- `*` or a flow's address: no new requests, no escalations.
CREATE TABLE freezes (
  scope  TEXT COLLATE "C" PRIMARY KEY,
  at     BIGINT NOT NULL,
  person TEXT NOT NULL,
  reason TEXT NOT NULL
);
