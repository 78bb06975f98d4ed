-- The log and what is needed to append to it. One text for both engines; {clustered} is the engine's way to keep a
-- table in the order of its primary key, {number} its way to number rows. No foreign keys: an append's lock on its conversation keeps these consistent.

create table installation (
    name   text   not null primary key,
    value  bytea  not null
);

-- Numbers what an embedded database commits, for feeds of changes. PostgreSQL has its own transaction ids.
create table change_counter (
    number  bigint  not null
);

insert into change_counter (number) values (1);

create table apps (
    app   integer  not null primary key,
    name  text     not null unique
);

create table conversations (
    number               {number},              -- its name in entries, of which there are many: half as long as the id
    app                  integer  not null,
    conversation         uuid     not null,
    kind                 integer  not null,
    title                text,
    default_permissions  integer  not null,
    created_at           bigint   not null,     -- times are unix milliseconds
    revision             bigint   not null,     -- changes when a rule of the whole conversation changes
    participants         integer  not null,
    owners               integer  not null,
    head                 bigint   not null,     -- newest sequence
    tail                 bigint   not null,     -- oldest sequence that is kept
    last_at              bigint   not null,     -- time of the newest entry
    changed              bigint   not null,     -- change number of the newest commit to this row
    unique (app, conversation)
);

-- One conversation per pair, for ever; the smaller user id first.
create table directs (
    app           integer  not null,
    first_user    text     not null,
    second_user   text     not null,
    conversation  uuid     not null,
    primary key (app, first_user, second_user)
) {clustered};

-- A user's latest interval in a conversation, with his cursors. Rows outlive leaving: he reads up to the end of it.
create table participations (
    app              integer  not null,
    conversation     uuid     not null,
    user_id          text     not null,
    revision         bigint   not null,         -- changes when his rules change
    permissions      integer  not null,
    joined_at        bigint   not null,         -- first sequence of the interval
    left_at          bigint,                    -- last sequence of it; null while he is in
    delivered_up_to  bigint   not null,
    read_up_to       bigint   not null,
    read_ahead       text,                      -- sequences read beyond the cursor, ascending, comma-separated
    changed          bigint   not null,
    primary key (app, conversation, user_id)
) {clustered};

create index participations_of_user on participations (app, user_id, conversation);

-- Intervals before the latest one, for those who came back.
create table past_participations (
    app           integer  not null,
    conversation  uuid     not null,
    user_id       text     not null,
    joined_at     bigint   not null,
    left_at       bigint   not null,
    primary key (app, conversation, user_id, joined_at)
) {clustered};

-- Not clustered: rows are long, and on SQLite a tree that is searched through long rows is deep. In order of arrival they also share pages.
create table entries (
    conversation  bigint   not null,            -- its number
    sequence      bigint   not null,
    at            bigint   not null,
    key           uuid     not null,            -- of the message or command: recorded once
    actor         text     not null,
    digest        bytea,                        -- of the request, to tell a retry from another use of the key
    counted       integer  not null,            -- 1 for what makes others' unread count grow
    event         bytea    not null,            -- JSON, as it goes over the wire
    primary key (conversation, sequence)
);

-- The key first: ids that grow with time then share pages, whatever conversation they are of.
create unique index entries_by_key on entries (key, conversation);

-- Ids that were cancelled before they arrived.
create table fences (
    app           integer  not null,
    conversation  uuid     not null,
    key           uuid     not null,
    actor         text     not null,
    at            bigint   not null,
    primary key (app, conversation, key, actor)
) {clustered};
