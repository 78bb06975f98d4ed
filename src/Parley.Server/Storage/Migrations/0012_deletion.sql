-- What a deletion takes with it beside what it names.

-- Who reported, and whose requests are held: for when he is deleted. And what was begun to be written in a conversation, for when that is.
create index reports_of_reporter on reports (app, reporter) where reporter <> '';
create index held_of_sender on held (app, sender);
create index drafts_of_conversation on drafts (app, conversation);

-- Conversations that were deleted, and whose messages refer to content still: it is let go some at a time.
create table deleted_uses (
    app           integer  not null,
    conversation  bigint   not null,            -- its number
    primary key (app, conversation)
) {clustered};

-- What was left of conversations that were deleted before.
insert into deleted_uses (app, conversation)
select c.app, c.number from conversations c
where c.deleted_at is not null and exists (select 1 from content_uses cu where cu.conversation = c.number);
delete from held where exists (
    select 1 from conversations c where c.app = held.app and c.conversation = held.conversation and c.deleted_at is not null);
delete from reports where exists (
    select 1 from conversations c where c.app = reports.app and c.conversation = reports.conversation and c.deleted_at is not null);
delete from drafts where exists (
    select 1 from conversations c where c.app = drafts.app and c.conversation = drafts.conversation and c.deleted_at is not null);

-- And of users. That one reported stays, without a name.
delete from held where exists (
    select 1 from users u where u.app = held.app and u.user_id = held.sender and u.deleted_at is not null);
update reports set reporter = '/' || random(), body = null where reporter <> '' and exists (
    select 1 from users u where u.app = reports.app and u.user_id = reports.reporter and u.deleted_at is not null);
update uploads set received = -1, expires_at = 0 where exists (
    select 1 from contents ct join users u on u.app = ct.app and u.user_id = ct.owner and u.deleted_at is not null
    where ct.app = uploads.app and ct.content = uploads.content);
update contents set owner = '', name = null, type = case when state = 0 then null else type end,
    delete_at = case when state = 1 and sent = 0 then 0 else delete_at end
where exists (select 1 from users u where u.app = contents.app and u.user_id = contents.owner and u.deleted_at is not null);
delete from removals where exists (
    select 1 from users u where u.app = removals.app and u.user_id = removals.user_id and u.deleted_at is not null);
-- Who is in a room no more has hidden nothing from himself there.
delete from removals where not exists (
    select 1 from participations p where p.app = removals.app and p.conversation = removals.conversation and p.user_id = removals.user_id);

{statistics}
