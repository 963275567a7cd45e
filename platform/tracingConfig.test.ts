import { readTracing } from './tracingConfig.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

function read(environment: Readonly<Record<string, string>>, role = 'up') {
  const faults: string[] = [];
  return { config: readTracing(environment, role, faults), faults };
}

test.each([
  {},
  { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' },
  { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' },
  { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
])('without an endpoint, or switched off, there are no traces: %j', (environment) => {
  expect(read(environment)).toEqual({ config: null, faults: [] });
});

test('an endpoint is enough: every trace is recorded, unless its caller decided otherwise', () => {
  expect(read(ENDPOINT, 'accounts')).toEqual({
    config: {
      url: 'http://collector:4318/v1/traces',
      headers: {},
      serviceName: 'omsx-accounts',
      attributes: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
    },
    faults: [],
  });
});

test('the standard variables are read', () => {
  const { config, faults } = read({
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://other/traces',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, __proto__=c',
    OTEL_SERVICE_NAME: 'money',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  });
  expect(faults).toEqual([]);
  expect(config).toMatchObject({
    url: 'https://other/traces',
    serviceName: 'money',
    attributes: { 'deployment.environment.name': 'test' },
    sampler: 'parentbased_traceidratio',
    ratio: 0.25,
  });
  expect(Object.entries(config?.headers ?? {})).toEqual([
    ['api-key', 'a b'],
    ['__proto__', 'c'],
  ]);
});

test('every fault is told, and none of them repeats what may be secret', () => {
  const { faults } = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://user:hidden@collector',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_HEADERS: 'hidden',
    OTEL_TRACES_SAMPLER: 'sometimes',
    OTEL_TRACES_SAMPLER_ARG: '2',
  });
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_TRACES_SAMPLER',
    'OTEL_TRACES_SAMPLER_ARG',
  ]);
  expect(faults.join()).not.toContain('hidden');
});
