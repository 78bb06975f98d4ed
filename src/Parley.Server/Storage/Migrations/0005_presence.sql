-- When users were seen last, written long after it happened. Of who is connected, this is what was before.
create table last_seen (
    app      integer  not null,
    user_id  text     not null,
    at       bigint   not null,
    primary key (app, user_id)
) {clustered};
