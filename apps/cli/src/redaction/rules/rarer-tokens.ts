import type { SecretRule } from '../secret-rule.ts';

/** Before a form that is too short to stand for itself; the second is a line feed within JSON. */
const APART = String.raw`(?:^|[^A-Za-z0-9_]|\\[nrt])`;
const ENDS = '(?:[^A-Za-z0-9_-]|$)';

function token(kind: string, keywords: readonly string[], pattern: string, source: string): SecretRule {
  return { kind, keywords, pattern, source };
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isUpper = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;
const isLower = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a;

/** Whether so many bytes follow that all may be part of a token: a look ahead for keywords that logs are full of. */
const followedBy =
  (count: number, isPart: (byte: number) => boolean) =>
  (bytes: Uint8Array, end: number): boolean => {
    for (let at = end; at < end + count; at++) if (!isPart(bytes[at] ?? 0)) return false;
    return true;
  };

/** Tokens that are marked as well, of services that are met less often. */
export const RARER_TOKENS: readonly SecretRule[] = [
  token('vercel-token', ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'], `${APART}(vc[piark]_[A-Za-z0-9]{24,})`, 'Vercel tokens'),
  token('aws-bedrock-key', ['absk', 'bedrock-api-key-'], `${APART}(ABSK[A-Za-z0-9+/]{100,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=_-]{20,})`, 'Amazon Bedrock API keys'),
  token('openshift-token', ['sha256~'], `sha256~[A-Za-z0-9_-]{40,}`, 'OpenShift OAuth access tokens'),
  token('artifactory-token', ['akcp', 'cmvmd'], `${APART}(AKCp[A-Za-z0-9]{69,}|cmVmd[A-Za-z0-9]{59})${ENDS}`, 'JFrog API keys and reference tokens'),
  token('sourcegraph-token', ['sgp_', 'slk_'], `${APART}(sgp_(?:[0-9A-Fa-f]{16}_|local_)?[0-9A-Fa-f]{40}|slk_[0-9a-f]{64})`, 'Sourcegraph access tokens'),
  token('facebook-token', ['eaa'], `${APART}(EAA[A-Za-z0-9]{90,})${ENDS}`, 'Meta Graph API access tokens'),
  token('square-token', ['eaaa'], `${APART}(EAAA[A-Za-z0-9_-]{60})${ENDS}`, 'Square access tokens'),
  token('1password-secret-key', ['a3-'], `${APART}(A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})`, '1Password Secret Keys'),
  token('clickhouse-cloud-key', ['4b1d'], `${APART}(4b1d[A-Za-z0-9]{38})${ENDS}`, 'ClickHouse Cloud API keys'),
  { ...token('octopus-deploy-key', ['api-'], `${APART}(API-[A-Z0-9]{26})${ENDS}`, 'Octopus Deploy API keys'), isNear: followedBy(26, (byte) => isUpper(byte) || isDigit(byte)) },
  // Names of methods have fewer capitals: `s.ReadUint16LengthPrefixed`.
  { ...token('hashicorp-vault-token', ['s.'], `${APART}(s\\.[A-Za-z0-9]{24})${ENDS}`, 'HashiCorp Vault tokens before 1.10'), isNear: followedBy(24, (byte) => isUpper(byte) || isLower(byte) || isDigit(byte)), accepts: ([, value = '']) => value.replaceAll(/[^A-Z0-9]/g, '').length >= 8 && /[0-9].*[A-Za-z]/.test(value) },
  token('gitlab-session', ['_gitlab_session='], `_gitlab_session=([0-9a-f]{32})`, 'GitLab session cookies'),
  token('harness-key', ['pat.', 'sat.'], `${APART}([ps]at\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9]{24}\\.[A-Za-z0-9]{20})${ENDS}`, 'Harness API keys'),
  token('prefect-key', ['pnu_', 'pnb_'], `${APART}(pn[ub]_[A-Za-z0-9]{36})${ENDS}`, 'Prefect Cloud API keys'),
  token('sonarqube-token', ['squ_', 'sqp_', 'sqa_'], `${APART}(sq[upa]_[0-9a-f]{40})${ENDS}`, 'SonarQube user, project and analysis tokens'),
  token('scalingo-token', ['tk-us-'], `${APART}(tk-us-[A-Za-z0-9_-]{48})`, 'Scalingo API tokens'),
  token('readme-key', ['rdme_'], `${APART}(rdme_[A-Za-z0-9]{60,})`, 'ReadMe API keys'),
  token('infracost-key', ['ico-'], `${APART}(ico-[A-Za-z0-9]{32})${ENDS}`, 'Infracost API keys'),
  token('clojars-token', ['clojars_'], `CLOJARS_[A-Za-z0-9]{50,}`, 'Clojars deploy tokens'),
  token('maxmind-key', ['_mmk'], `${APART}([A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk)`, 'MaxMind licence keys'),
  token('defined-networking-token', ['dnkey-'], `dnkey-[A-Za-z0-9=_-]{60,}`, 'Defined Networking API keys'),
  token('authress-key', ['.acc_', '.acc-'], `(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\\.[A-Za-z0-9]{4,6}\\.acc[_-][A-Za-z0-9-]{10,32}\\.[A-Za-z0-9+/_=-]{30,120}`, 'Authress service clients'),
  token('adobe-client-secret', ['p8e-'], `${APART}(p8e-[A-Za-z0-9_-]{32})`, 'Adobe Developer Console'),
  token('duffel-token', ['duffel_'], `duffel_(?:test|live)_[A-Za-z0-9_=-]{40,}`, 'Duffel access tokens'),
  token('easypost-key', ['ezak', 'eztk'], `${APART}(EZ[AT]K[A-Za-z0-9]{54})`, 'EasyPost API keys'),
  token('flutterwave-key', ['flwseck'], `FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?`, 'Flutterwave secret and encryption keys'),
  token('frameio-token', ['fio-u-'], `fio-u-[A-Za-z0-9=_-]{60,}`, 'Frame.io developer tokens'),
  token('settlemint-token', ['sm_aat_', 'sm_pat_', 'sm_sat_'], `${APART}(sm_[aps]at_[A-Za-z0-9]{16,})`, 'SettleMint access tokens'),
  token('shippo-token', ['shippo_'], `shippo_(?:live|test)_[0-9A-Fa-f]{40}`, 'Shippo API tokens'),
  token('42-client-secret', ['s-s4t2'], `s-s4t2(?:ud|af)-[0-9a-f]{64}`, '42 API, applications'),
  token('jwt', ['zxlk'], `${APART}(ZXlK[A-Za-z0-9+/=_-]{60,})`, 'RFC 7519 in base64, as Kubernetes keeps tokens of service accounts'),
]; // prettier-ignore
