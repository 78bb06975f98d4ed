-- What an app does not let pass, what somebody is to look at, and what he found.

-- Lists of words that the backend put.
create table word_lists (
    app           integer  not null,
    name          text     not null,
    version       uuid     not null,            -- another for each time that it was put: by which nodes see that theirs is old
    action        integer  not null,
    words         text     not null,            -- a JSON list, as is the next
    patterns      text     not null,
    updated_at    bigint   not null,
    primary key (app, name)
) {clustered};

-- Reports of messages. What the messages say is not kept here, so that nothing is left of what is recalled.
create table reports (
    app           integer  not null,
    report        uuid     not null,
    conversation  uuid     not null,
    message       uuid     not null,
    reporter      text     not null,            -- empty for the server, which found words of a list
    reason        integer,                      -- null for the server
    body          text,                         -- what the reporter wrote; of the server the names of the lists
    at            bigint   not null,
    resolved_at   bigint,
    note          text,
    primary key (app, report)
);

create unique index reports_once on reports (app, conversation, message, reporter);
create index reports_by_time on reports (app, at, report);
create index reports_open on reports (app, at, report) where resolved_at is null;

-- Messages and edits that wait for somebody to decide, and for three days those that he rejected.
create table held (
    app           integer  not null,
    conversation  uuid     not null,
    request       uuid     not null,            -- a message's id, an edit's command
    message       uuid     not null,
    sender        text     not null,
    digest        bytea    not null,            -- of what the sender asked for
    edits         integer  not null,            -- 1 for an edit
    body          bytea    not null,            -- JSON of the request as it would be recorded
    reason        text,
    at            bigint   not null,
    rejected_at   bigint,
    primary key (app, conversation, request)
) {clustered};

create index held_by_time on held (app, at, request) where rejected_at is null;

{statistics}
