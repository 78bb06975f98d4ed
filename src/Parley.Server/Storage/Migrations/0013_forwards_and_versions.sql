-- Of a forward that is held, which message it forwards: with that it goes.
alter table held add column original_in uuid;
alter table held add column original uuid;
create index held_by_original on held (app, original_in, original) where original is not null;

{statistics}
