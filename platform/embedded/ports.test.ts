import { choosePort, isPortFree, keepPort } from './ports.ts';

test('no port is given twice, nor one that is kept for others', async () => {
  const given: number[] = [];
  for (let count = 0; count < 300; count++) given.push(await choosePort([]));
  expect(new Set(given).size).toBe(given.length);
  expect(given.every((port) => port >= 20_000 && port < 32_768)).toBe(true);
});

test('a port that somebody asks for by number is theirs although it is kept', async () => {
  const [port = 0] = [await choosePort([])];
  keepPort(port);
  expect(await choosePort([port])).toBe(port);
  expect(await isPortFree(port)).toBe(true);
});
