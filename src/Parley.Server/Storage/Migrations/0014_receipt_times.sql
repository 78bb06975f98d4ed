-- When each cursor came where it is; null where that was before this was kept, and where nobody moved it there.
alter table participations add column delivered_at bigint;
alter table participations add column read_at bigint;
