-- Settings, moderation, joining, and what else kinds of conversations differ in.

alter table conversations add column description text;
alter table conversations add column announcement text;
alter table conversations add column custom_data text;                                -- a JSON object
alter table conversations add column history integer not null default 0;              -- what is seen of the time before one was in it (HistoryVisibility)
alter table conversations add column is_public integer not null default 0;            -- 1: anybody of the app finds and joins it
alter table conversations add column approval integer not null default 0;             -- 1: joining waits for somebody who manages participants
alter table conversations add column members_invite integer not null default 0;       -- 1: inviting takes no permission
alter table conversations add column confirm_invitations integer not null default 0;  -- 1: who is invited is asked
alter table conversations add column muted integer not null default 0;                -- 1: only the allowed and who manages may send
alter table conversations add column is_distinct integer not null default 0;          -- 1: there is a row in distincts
alter table conversations add column deleted_at bigint;

create index public_conversations on conversations (app, conversation) where is_public = 1;

-- The title as it was when he left: of what is newer he is told nothing.
alter table participations add column left_title text;

-- Where he put it in his own inbox. In the index by user, as all is by which his inbox is put in order.
alter table participations add column shelf integer not null default 0;     -- 1 pinned, 2 archived, 4 hidden
alter table participations add column hidden_at bigint not null default 0;  -- the head when he hid it: what is newer shows it again
alter table participations add column silenced_until bigint;
alter table participations add column unread_from bigint;                   -- where his mark is
drop index participations_of_user;
create index participations_of_user on participations (app, user_id, conversation, permissions, left_at, shelf, hidden_at);

create table drafts (
    app           integer  not null,
    user_id       text     not null,
    conversation  uuid     not null,
    body          text     not null,
    primary key (app, user_id, conversation)
) {clustered};

-- One group for a set of people, while nobody comes or goes.
create table distincts (
    app           integer  not null,
    people        bytea    not null,            -- hash of the sorted user ids
    conversation  uuid     not null,
    primary key (app, people)
) {clustered};

create index distincts_of_conversation on distincts (app, conversation);

-- Who was muted, allowed to speak, or banned: it outlives coming and going. Without any of the three there is no row.
create table moderation (
    app           integer  not null,
    conversation  uuid     not null,
    user_id       text     not null,
    muted_until   bigint,
    allowed       integer  not null,
    banned        integer  not null,
    primary key (app, conversation, user_id)
) {clustered};

-- Invitations and requests to join. What was settled stays as a tombstone, so that a device that was away learns of it.
create table pending (
    app           integer  not null,
    conversation  uuid     not null,
    user_id       text     not null,
    state         integer  not null,            -- 0 settled, 1 invited, 2 asks to join
    actor         text     not null,            -- who invited, or who settled it
    at            bigint   not null,
    message       text,
    changed       bigint   not null,
    primary key (app, conversation, user_id)
) {clustered};

create index pending_of_user on pending (app, user_id, conversation);

-- Attributes of a conversation (user_id is empty) and of its participants.
create table attributes (
    app           integer  not null,
    conversation  uuid     not null,
    user_id       text     not null,
    name          text     not null,
    value         text     not null,
    actor         text     not null,            -- who set it last
    primary key (app, conversation, user_id, name)
) {clustered};

{statistics}
