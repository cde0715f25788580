-- Ids are 128 random bits in hexadecimal; times are UNIX seconds; Discord ids are integers.

CREATE TABLE datasets (
    id TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL, -- casefolded: one name per member and server, however it is typed
    kind TEXT NOT NULL CHECK (kind IN ('character', 'style', 'object', 'concept')),
    trigger_word TEXT NOT NULL,
    created_at REAL NOT NULL,
    deleted_at REAL
) STRICT;
CREATE UNIQUE INDEX datasets_name ON datasets (guild_id, owner_id, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX datasets_trigger_word ON datasets (guild_id, trigger_word) WHERE deleted_at IS NULL;

CREATE TABLE images (
    id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    position INTEGER NOT NULL, -- grows; the number on the contact sheet is the rank among the live ones
    sha256 TEXT NOT NULL, -- of the stored, cleaned picture
    phash TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER NOT NULL,
    contributor_id INTEGER NOT NULL,
    caption TEXT NOT NULL,
    captioned_by INTEGER,
    added_at REAL NOT NULL,
    deleted_at REAL,
    removal_id TEXT -- all images removed at once carry the same one, so that Undo finds them
) STRICT;
CREATE UNIQUE INDEX images_content ON images (dataset_id, sha256) WHERE deleted_at IS NULL;
CREATE INDEX images_place ON images (dataset_id, position);
CREATE INDEX images_sha256 ON images (sha256);
CREATE INDEX images_removal ON images (removal_id) WHERE removal_id IS NOT NULL;

CREATE TABLE trays ( -- received pictures that have no dataset yet
    id TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    contributor_id INTEGER NOT NULL,
    source_id INTEGER UNIQUE, -- the message they came with: a repeated event is the same tray
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE tray_pictures (
    tray_id TEXT NOT NULL REFERENCES trays (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    filename TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    phash TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (tray_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX tray_pictures_sha256 ON tray_pictures (sha256);

CREATE TABLE caption_changes ( -- a counted find and replace that waits for its Apply button
    id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    find TEXT NOT NULL,
    put TEXT NOT NULL,
    seen TEXT NOT NULL, -- a digest of the captions that the member saw: others are never changed
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE dataset_versions (
    id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE version_images (
    version_id TEXT NOT NULL REFERENCES dataset_versions (id),
    position INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    caption TEXT NOT NULL,
    contributor_id INTEGER NOT NULL,
    held_out INTEGER NOT NULL CHECK (held_out IN (0, 1)),
    PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_images_sha256 ON version_images (sha256);

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    parent_id INTEGER, -- of the channel, when that is a thread
    owner_id INTEGER NOT NULL,
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    dataset_name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('character', 'style', 'object', 'concept')),
    version_id TEXT NOT NULL REFERENCES dataset_versions (id),
    trigger_word TEXT NOT NULL,
    model_name TEXT NOT NULL,
    backend TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    preset TEXT NOT NULL,
    settings TEXT NOT NULL, -- JSON of TrainingSettings
    status TEXT NOT NULL CHECK (status IN ('quoted', 'submitting', 'queued', 'running', 'collecting',
        'succeeded', 'failed', 'cancelled', 'expired', 'interrupted')),
    remote_id TEXT,
    progress TEXT NOT NULL, -- JSON of Progress
    cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
    reason TEXT NOT NULL DEFAULT '',
    misses INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    quote_ends_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    retry_of TEXT REFERENCES tasks (id),
    UNIQUE (backend, remote_id)
) STRICT;
CREATE INDEX tasks_owner ON tasks (guild_id, owner_id, created_at);
CREATE INDEX tasks_open ON tasks (status)
    WHERE status IN ('quoted', 'submitting', 'queued', 'running', 'collecting');

CREATE TABLE task_events ( -- append-only: every move of every task
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id),
    at REAL NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX task_events_task ON task_events (task_id, id);

CREATE TABLE loras (
    id TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    task_id TEXT NOT NULL UNIQUE REFERENCES tasks (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    backend TEXT NOT NULL,
    trigger_word TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    base_loss REAL,
    held_out_loss REAL,
    preview_sha256 TEXT,
    created_at REAL NOT NULL,
    deleted_at REAL,
    UNIQUE (guild_id, owner_id, name_key, version)
) STRICT;

CREATE TABLE generations (
    id TEXT PRIMARY KEY,
    interaction_id INTEGER NOT NULL UNIQUE, -- a repeated interaction is the same drawing
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    owner_id INTEGER NOT NULL,
    backend TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    lora_id TEXT REFERENCES loras (id),
    prompt TEXT NOT NULL,
    full_prompt TEXT NOT NULL,
    strength REAL NOT NULL,
    count INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('submitting', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    position INTEGER,
    remote_id TEXT,
    pictures TEXT NOT NULL DEFAULT '[]', -- JSON list of SHA-256
    reason TEXT NOT NULL DEFAULT '',
    parent_id TEXT REFERENCES generations (id),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    deleted_at REAL
) STRICT;
CREATE INDEX generations_owner ON generations (guild_id, owner_id, created_at);
CREATE INDEX generations_open ON generations (status) WHERE status IN ('submitting', 'queued', 'running');

CREATE TABLE outbox ( -- every message that the bot posts on its own account: what it shows is drawn from its subject
    id TEXT PRIMARY KEY, -- 23 characters; with place and reposts, the nonce
    kind TEXT NOT NULL CHECK (kind IN ('training', 'completion', 'pictures')),
    subject_id TEXT NOT NULL, -- a task's or a generation's id
    place TEXT NOT NULL DEFAULT 'channel' CHECK (place IN ('channel', 'parent', 'owner')), -- what channel_id is
    channel_id INTEGER NOT NULL,
    parent_id INTEGER, -- where to go when that channel is gone
    message_id INTEGER,
    reposts INTEGER NOT NULL DEFAULT 0, -- how often it had to be posted anew
    wanted INTEGER NOT NULL DEFAULT 1, -- grows with every change of the subject
    shown INTEGER NOT NULL DEFAULT 0, -- the `wanted` that the message shows
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'shown', 'undeliverable')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL,
    tried_at REAL, -- when the first attempt to post began: its answer may have been lost
    reason TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    UNIQUE (kind, subject_id)
) STRICT;
CREATE INDEX outbox_pending ON outbox (due_at) WHERE state = 'pending';
