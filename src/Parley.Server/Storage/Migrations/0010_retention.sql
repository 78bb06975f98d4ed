-- How long entries are kept. What is older lies below the tail: nobody reads it, and it is removed.

-- No entry that is kept is older than this: what has to go next is found by it, without a look at any log. It is the time of the oldest entry that is kept, or where none is, when that was found.
alter table conversations add column tail_at bigint not null default 0;
update conversations set tail_at = created_at;
create index conversations_by_tail on conversations (app, kind, tail_at);

-- Entries below the tail whose ids must still be known: from where on, and since when. Null when there are none.
alter table conversations add column emptied_from bigint;
alter table conversations add column emptied_at bigint;
create index conversations_by_emptied on conversations (emptied_at) where emptied_at is not null;

-- When he left, for when the entry that says so is gone.
alter table participations add column left_on bigint;
update participations set left_on = (
    select e.at from conversations c join entries e on e.conversation = c.number and e.sequence = participations.left_at
    where c.app = participations.app and c.conversation = participations.conversation)
where left_at is not null;

-- What is removed is removed in the order of the log.
create index mentions_by_place on mentions (conversation, sequence);
create index removals_by_place on removals (app, conversation, sequence);

{statistics}
