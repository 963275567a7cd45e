/** How the gateway tells a subgraph who asks, and that it is the gateway. */
export const ORGANIZATION_HEADER = 'x-organization-id';
export const SECRET_HEADER = 'x-gateway-secret';
