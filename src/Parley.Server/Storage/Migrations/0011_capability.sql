-- Who has no messaging: he sends nothing, and is sent nothing directly.
alter table users add column no_messaging integer not null default 0;
