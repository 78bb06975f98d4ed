// Chat as a Node developer writes it: a socket joins the room of its user's name, a message is a row, and is acknowledged once it is inserted
// and handed to its receiver.
//   node server.js PORT DATABASE_SOCKET_FOLDER
import { createServer } from 'node:http';
import pg from 'pg';
import { Server } from 'socket.io';

const [port, folder] = process.argv.slice(2);
const database = new pg.Pool({ host: folder, port: 5432, user: 'parley', database: 'postgres' });
await database.query(`create table messages (
  id bigint generated always as identity primary key, sender text not null, receiver text not null, at timestamptz not null default now(), text text not null)`);
await database.query('create index on messages (receiver, id)');

const http = createServer(async (request, response) => {
  const { rows } = await database.query('select count(*) from messages');
  response.end(rows[0].count);
});
const io = new Server(http, { transports: ['websocket'] });

io.on('connection', (socket) => {
  const sender = socket.handshake.query.user;
  socket.join(`user:${sender}`);
  socket.on('join', (room, acknowledge) => {
    socket.join(`room:${room}`);
    acknowledge();
  });
  socket.on('send', async (to, text, acknowledge) => {
    const { rows } = await database.query({
      name: 'insert',
      text: 'insert into messages (sender, receiver, text) values ($1, $2, $3) returning id, at',
      values: [sender, to, text],
    });
    const [{ id, at }] = rows;
    io.to(to).emit('message', { id, sender, at, text });
    acknowledge({ id, at });
  });
});

http.listen(Number(port), '127.0.0.1');
