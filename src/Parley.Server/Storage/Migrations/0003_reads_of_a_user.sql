-- What decides whether and how far a user sees a conversation stands in the index by user, so that his inbox is put in order without a
-- look at each row. None of it changes often.
drop index participations_of_user;
create index participations_of_user on participations (app, user_id, conversation, permissions, left_at);

-- The statistics again: those of an index go with it.
{statistics}
