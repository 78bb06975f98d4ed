-- How full the tables are to be taken for by an engine that does not find out by itself. Nothing on PostgreSQL, whose autovacuum counts.
{statistics}
