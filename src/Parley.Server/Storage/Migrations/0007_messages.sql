-- What becomes of messages after they were sent, and what is kept beside them.

-- Which sorts of parts a message has, as bits; 0 for what is no message. All that were sent so far are texts.
alter table entries add column kinds integer not null default 0;
update entries set kinds = 1 where counted = 1;

-- Only of those with more than text: they are few, and texts cost nothing.
create index entries_by_kind on entries (conversation, sequence) where kinds > 1;

-- Messages that were edited or recalled; of all others there is no row.
create table message_changes (
    conversation  bigint   not null,            -- its number
    sequence      bigint   not null,            -- of the message
    version       integer  not null,            -- how often it was edited
    recalled      integer  not null,
    primary key (conversation, sequence)
) {clustered};

-- Which entries are edits of which message. Only the newest of them still says what it said.
create table message_edits (
    conversation  bigint   not null,            -- its number
    original      bigint   not null,            -- of the message
    sequence      bigint   not null,
    primary key (conversation, original, sequence)
) {clustered};

-- Who is addressed where; the empty user is everybody.
create table mentions (
    conversation  bigint   not null,            -- its number
    user_id       text     not null,
    sequence      bigint   not null,
    primary key (conversation, user_id, sequence)
) {clustered};

-- What users have hidden from themselves.
create table removals (
    app           integer  not null,
    conversation  uuid     not null,
    user_id       text     not null,
    sequence      bigint   not null,
    primary key (app, conversation, user_id, sequence)
) {clustered};

-- How many rows he has there, so that who has none pays nothing; and up to where he hid everything.
alter table participations add column removals integer not null default 0;
alter table participations add column removed_up_to bigint not null default 0;

-- What a push says of a message, which its recipients are not told.
create table notifications (
    conversation  bigint   not null,            -- its number
    sequence      bigint   not null,
    body          bytea    not null,            -- JSON
    primary key (conversation, sequence)
) {clustered};

{statistics}
