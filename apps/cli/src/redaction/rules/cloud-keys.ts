import type { SecretRule } from '../secret-rule.ts';

/** Before a form that is too short to stand for itself; the second is a line feed within JSON. */
const APART = String.raw`(?:^|[^A-Za-z0-9_]|\\[nrt])`;
/** Between a name and its value, in whatever notation. */
const IS = String.raw`[\\"']{0,4}\s{0,8}(?::=|=>|[:=|])?\s{0,8}[\\"']{0,4}`;

/** Keys of clouds and of those who run machines. */
export const CLOUD_KEYS: readonly SecretRule[] = [
  {
    kind: 'aws-secret-access-key',
    keywords: ['secret_access_key', 'secretaccesskey', 'aws_secret_key', 'secret access key'],
    pattern: String.raw`(?i)secret(?:[ _-]?access)?[ _-]?key${IS}([a-z0-9/+]{40})(?:[^a-z0-9/+]|$)`,
    source: 'AWS IAM user guide',
  },
  {
    kind: 'aws-secret-access-key',
    keywords: ['akia', 'asia'],
    pattern: String.raw`(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9/+]{1,8}([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`,
    source: 'AWS IAM user guide, files of access keys',
  },
  {
    kind: 'aws-session-token',
    keywords: ['session_token', 'sessiontoken', 'security_token', 'x-amz-security-token'],
    pattern: String.raw`(?i)(?:session|security)[_-]?token${IS}([a-z0-9/+=%]{80,})`,
    source: 'AWS STS API reference',
  },
  {
    kind: 'aws-access-key-id',
    keywords: ['akia', 'asia', 'abia', 'acca', 'a3t'],
    pattern: `${APART}((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})(?:[^A-Z0-9]|$)`,
    source: 'AWS IAM user guide, unique identifiers',
  },
  {
    kind: 'google-api-key',
    keywords: ['aiza'],
    pattern: 'AIza[0-9A-Za-z_-]{35}',
    source: 'Google Cloud API keys',
  },
  {
    kind: 'google-oauth-token',
    keywords: ['ya29.', '1//0'],
    pattern: String.raw`${APART}(ya29\.[0-9A-Za-z_-]{20,}|1//0[0-9A-Za-z_-]{30,})`,
    source: 'Google OAuth 2.0',
  },
  {
    kind: 'google-oauth-client-secret',
    keywords: ['gocspx-'],
    pattern: 'GOCSPX-[A-Za-z0-9_-]{20,}',
    source: 'Google OAuth 2.0',
  },
  {
    kind: 'azure-storage-key',
    keywords: ['accountkey', 'sharedaccesskey', 'account_key'],
    pattern: String.raw`(?i)(?:account_?key|sharedaccesskey)${IS}([a-z0-9+/]{40,}={0,2})`,
    source: 'Azure Storage and Service Bus connection strings',
  },
  {
    kind: 'azure-sas-signature',
    keywords: ['sig='],
    pattern: String.raw`[?&;]sig=([A-Za-z0-9%+/=_-]{40,})`,
    source: 'Azure shared access signatures',
  },
  {
    kind: 'azure-client-secret',
    keywords: ['q~'],
    pattern: String.raw`${APART}([A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})`,
    source: 'Microsoft Entra, credentials of applications',
  },
  {
    kind: 'azure-devops-token',
    keywords: ['azdo'],
    pattern: '[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}',
    source: 'Azure DevOps, personal access tokens',
  },
  {
    kind: 'alibaba-access-key-id',
    keywords: ['ltai'],
    pattern: `${APART}(LTAI[A-Za-z0-9]{12,24})(?:[^A-Za-z0-9]|$)`,
    source: 'Alibaba Cloud RAM',
  },
  {
    kind: 'digitalocean-token',
    keywords: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    pattern: 'do[opr]_v1_[0-9a-f]{64}',
    source: 'DigitalOcean API tokens',
  },
  {
    kind: 'hetzner-token',
    keywords: ['hcloud', 'hetzner'],
    pattern: String.raw`(?i)(?:hcloud|hetzner)[\w .-]{0,32}${IS}([a-z0-9]{64})(?:[^a-z0-9]|$)`,
    source: 'Hetzner Cloud API tokens',
  },
  {
    kind: 'cloudflare-token',
    keywords: ['cloudflare', 'cf_', 'cfut_', 'cfat_', 'cfk_'],
    pattern: String.raw`(?i)(?:cloudflare|\bcf)[\w .-]{0,32}(?:token|key)${IS}([a-z0-9_-]{37,64})|(cf(?:k|ut|at)_[a-z0-9]{40,})`,
    source: 'Cloudflare API tokens',
  },
  {
    kind: 'cloudflare-origin-ca-key',
    keywords: ['v1.0-'],
    pattern: String.raw`v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}`,
    source: 'Cloudflare Origin CA keys',
  },
  {
    kind: 'heroku-api-key',
    keywords: ['hrku-', 'heroku'],
    pattern: String.raw`(HRKU-[A-Za-z0-9_-]{30,})|(?i)heroku[\w .-]{0,32}(?:key|token)${IS}([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})`,
    source: 'Heroku platform API',
  },
  {
    kind: 'hashicorp-vault-token',
    keywords: ['hvs.', 'hvb.', 'hvr.', 'vault'],
    pattern: String.raw`(hv[sbr]\.[A-Za-z0-9_-]{20,})|(?i)vault[_-]token${IS}(s\.[a-z0-9]{24})`,
    source: 'HashiCorp Vault tokens',
  },
  {
    kind: 'terraform-cloud-token',
    keywords: ['.atlasv1.'],
    pattern: String.raw`[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}`,
    source: 'HCP Terraform API tokens',
  },
  {
    kind: 'pulumi-token',
    keywords: ['pul-'],
    pattern: `${APART}(pul-[0-9a-f]{40})`,
    source: 'Pulumi Cloud access tokens',
  },
  {
    kind: 'fly-token',
    keywords: ['fm1a_', 'fm1r_', 'fm2_', 'fo1_'],
    pattern: 'f(?:m1[ar]|m2|o1)_[A-Za-z0-9+/=_-]{40,}',
    source: 'Fly.io tokens',
  },
  { kind: 'netlify-token', keywords: ['nfp_'], pattern: 'nfp_[A-Za-z0-9_-]{36,}', source: 'Netlify access tokens' },
  {
    kind: 'supabase-token',
    keywords: ['sbp_', 'sb_secret_'],
    pattern: 'sbp_[0-9a-f]{40}|sb_secret_[A-Za-z0-9_-]{20,}',
    source: 'Supabase API keys',
  },
  {
    kind: 'planetscale-token',
    keywords: ['pscale_'],
    pattern: 'pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{30,}',
    source: 'PlanetScale service tokens',
  },
  {
    kind: 'databricks-token',
    keywords: ['dapi', 'dkea'],
    pattern: `${APART}((?:dapi|dkea)[0-9A-Fa-f]{32}(?:-[0-9])?)`,
    source: 'Databricks access tokens',
  },
  {
    kind: 'tailscale-key',
    keywords: ['tskey-'],
    pattern: 'tskey-[a-z]{2,12}-[A-Za-z0-9_-]{10,}',
    source: 'Tailscale auth keys',
  },
  {
    kind: 'wireguard-key',
    keywords: ['privatekey', 'presharedkey', 'private key:', 'preshared key:'],
    pattern: String.raw`(?i)(?:private|preshared) ?key\s{0,8}[:=]\s{0,8}([a-z0-9+/]{43}=)`,
    source: 'wg(8)',
  },
  {
    kind: 'age-secret-key',
    keywords: ['age-secret-key-'],
    pattern: '(?i)AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{40,}',
    source: 'age specification',
  },
  {
    kind: 'kubernetes-client-key',
    keywords: ['client-key-data'],
    pattern: String.raw`client-key-data[\\"']{0,3}:\s{0,8}[\\"']{0,3}([A-Za-z0-9+/=]{16,})`,
    source: 'Kubernetes kubeconfig (v1)',
  },
  {
    kind: 'docker-swarm-token',
    keywords: ['swmtkn-'],
    pattern: 'SWMTKN-[0-9]-[a-z0-9]{40,}-[a-z0-9]{20,}',
    source: 'docker swarm join-token',
  },
  {
    kind: 'kubeadm-token',
    keywords: ['--token', 'kubeadm'],
    pattern: String.raw`(?:--token[ =]|kubeadm[^\n]{0,80}?token[ :=]{1,3})([a-z0-9]{6}\.[a-z0-9]{16})(?:[^a-z0-9]|$)`,
    source: 'kubeadm token',
  },
];
