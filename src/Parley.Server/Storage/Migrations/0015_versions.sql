-- What messages said before they were edited, where an app keeps that. It goes with the message.
create table message_versions (
    conversation  bigint   not null,            -- its number
    original      bigint   not null,            -- the message's sequence
    version       integer  not null,            -- 0 is what was sent
    at            bigint   not null,            -- since when it said so
    actor         text     not null,            -- who had it say so
    content       bytea    not null,            -- JSON
    primary key (conversation, original, version)
) {clustered};

{statistics}
