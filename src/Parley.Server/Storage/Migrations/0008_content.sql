-- What was uploaded, and which messages refer to it.

-- The bytes: once per app under their SHA-256. Each file that was ever written has a name of its own, so that deleting one never meets writing another of the same bytes.
create table blobs (
    app         integer  not null,
    hash        bytea    not null,              -- SHA-256
    size        bigint   not null,
    file        text     not null,              -- its name in the store
    primary key (app, hash)
) {clustered};

-- What a user uploaded. The name is his word for it, and says something: it is erased with the row.
create table contents (
    app         integer  not null,
    content     text     not null,              -- 128 random bits in hexadecimal
    owner       text     not null,
    created_at  bigint   not null,
    state       integer  not null,              -- 0 while bytes are missing, 1 when messages may refer to it
    size        bigint   not null,              -- in bytes; while some are missing as many as were announced
    hash        bytea,                          -- of its blob, when ready
    type        text,                           -- MIME type; while bytes are missing that which was declared
    name        text,
    width       integer,
    height      integer,
    sent        integer  not null,              -- 1 from its first use on
    delete_at   bigint,                         -- doomed: nothing new refers to it, and then it is deleted if nothing does
    primary key (app, content)
) {clustered};

create index contents_of_owner on contents (app, owner);
create index contents_by_hash on contents (app, hash);
-- What nobody may ever refer to, and what is doomed: both are few.
create index contents_unsent on contents (created_at) where sent = 0;
create index contents_doomed on contents (delete_at) where delete_at is not null;

-- Which message refers to which content.
create table content_uses (
    app           integer  not null,
    content       text     not null,
    conversation  bigint   not null,            -- its number
    sequence      bigint   not null,
    primary key (app, content, conversation, sequence)
) {clustered};

create index content_uses_by_message on content_uses (conversation, sequence);

-- Uploads that go on where they stopped. The offset is that of what is synced on disk.
create table uploads (
    app         integer  not null,
    content     text     not null,
    received    bigint   not null,
    expires_at  bigint   not null,
    primary key (app, content)
) {clustered};

create index uploads_by_expiry on uploads (expires_at);

-- Files that no row names any more, and that are still to be deleted: a crash forgets none.
create table doomed_files (
    app         integer  not null,
    file        text     not null,
    primary key (app, file)
) {clustered};

{statistics}
