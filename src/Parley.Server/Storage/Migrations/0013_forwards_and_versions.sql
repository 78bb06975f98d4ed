-- Of an edit or a forward that is held, the message that it edits or forwards: with that it goes.
alter table held add column original_in uuid;
alter table held add column original uuid;
update held set original_in = conversation, original = message where edits = 1;
create index held_by_original on held (app, original_in, original) where original is not null;

-- What is left of edits whose message was recalled, or is gone.
delete from held where edits = 1 and not exists (
    select 1 from conversations c join entries e on e.conversation = c.number and e.key = held.message
    where c.app = held.app and c.conversation = held.conversation and e.sequence >= c.tail and e.kinds not in (0, 32768));

{statistics}
