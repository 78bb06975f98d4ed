-- People. A user exists by being named; a row is made when he first opens a session, or when there is something of his to keep.
create table users (
    app                  integer  not null,
    user_id              text     not null,
    number               bigint   not null,     -- numeric alias: 1, 2, 3, … within the app
    created_at           bigint   not null,
    revision             bigint   not null,     -- changes with his standing: what he appends was decided on it
    suspended_until      bigint,
    muted_until          bigint,
    deactivated_at       bigint,
    deleted_at           bigint,
    display_name         text,
    avatar_url           text,
    public_data          text,                  -- a JSON object, as is the next
    private_data         text,
    email                text,                  -- as it was given
    email_key            text,                  -- folded: what he is found by
    phone                text,                  -- E.164
    standing_changed     bigint   not null,     -- change numbers of the newest commit to each, 0 for never
    profile_changed      bigint   not null,
    contacts_changed     bigint   not null,
    blocks_changed       bigint   not null,
    contacts_floor       bigint   not null,     -- before this change number contacts that ended are forgotten
    primary key (app, user_id)
) {clustered};

create unique index users_by_number on users (app, number);
create unique index users_by_email on users (app, email_key) where email_key is not null;
create unique index users_by_phone on users (app, phone) where phone is not null;

-- Few ever: what every node looks for, to end the sessions of those who may have none.
create index users_by_standing on users (standing_changed) where standing_changed > 0;

-- A row for each side. What is over stays, without its message, so that a device which was away hears that it is; of each user the last thousand or so.
create table contacts (
    app      integer  not null,
    user_id  text     not null,
    contact  text     not null,
    state    integer  not null,
    change   integer  not null,                 -- what happened last
    message  text,
    at       bigint   not null,
    changed  bigint   not null,
    primary key (app, user_id, contact)
) {clustered};

-- Read whole when it changed: it is short.
create table blocks (
    app      integer  not null,
    user_id  text     not null,
    blocked  text     not null,
    at       bigint   not null,
    primary key (app, user_id, blocked)
) {clustered};

-- Who names somebody that is to be forgotten.
create index contacts_by_contact on contacts (app, contact);
create index blocks_by_blocked on blocks (app, blocked);

-- Whether a user's invitations changed while he was away.
create index pending_changes on pending (app, user_id, changed);

-- The statistics again, with those of the new tables.
{statistics}
