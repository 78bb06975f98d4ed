// A server that speaks S3, with an empty bucket called content: node s3.mjs FOLDER PORT. It says when it listens.
import S3rver from '@20minutes/s3rver';

const [directory, port] = process.argv.slice(2);
// It reads the signature of a list whose prefix has a slash wrongly.
await new S3rver({
  address: '127.0.0.1', port: Number(port), silent: true, directory, allowMismatchedSignatures: true, configureBuckets: [{ name: 'content', configs: [] }],
}).run();
console.log('Listening');
