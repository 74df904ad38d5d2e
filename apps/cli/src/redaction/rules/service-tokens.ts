import type { SecretRule } from '../secret-rule.ts';

const APART = String.raw`(?:^|[^A-Za-z0-9_]|\\[nrt])`;

function token(kind: string, keywords: readonly string[], pattern: string, source: string): SecretRule {
  return { kind, keywords, pattern, source };
}

/** They come without a mark of their own, so that more of them has to be asked for. */
const TWILIO = Array.from('0123456789abcdef', (digit) => `sk${digit}`);

/** Tokens that services mark as theirs. */
export const SERVICE_TOKENS: readonly SecretRule[] = [
  token(
    'github-token',
    ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'],
    'gh[pousr]_[A-Za-z0-9_]{30,}|github_pat_[A-Za-z0-9_]{22,}',
    'GitHub token formats',
  ),
  token(
    'gitlab-token',
    [
      'glpat-',
      'gldt-',
      'glrt-',
      'glrtr-',
      'glcbt-',
      'glptt-',
      'glft-',
      'glsoat-',
      'glagent-',
      'glimt-',
      'gloas-',
      'glffct-',
      'gr1348941',
    ],
    String.raw`gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|agent|imt|oas|ffct)-[A-Za-z0-9_.-]{16,}|GR1348941[A-Za-z0-9_-]{20,}`,
    'GitLab token overview',
  ),
  token(
    'atlassian-token',
    ['atatt3', 'atctt3', 'atbb'],
    `(?:ATATT3|ATCTT3)[A-Za-z0-9_=-]{60,}|ATBB[A-Za-z0-9]{32}`,
    'Atlassian API tokens',
  ),
  token('npm-token', ['npm_'], 'npm_[A-Za-z0-9]{36,}', 'npm access tokens'),
  token('npm-token', ['_authtoken', '_auth'], String.raw`_auth(?:Token)?\s{0,4}=\s{0,4}["']?([^\s"'$]{8,})`, 'npmrc'),
  token('pypi-token', ['pypi-'], 'pypi-[A-Za-z0-9_-]{50,}', 'PyPI API tokens'),
  token('rubygems-key', ['rubygems_'], 'rubygems_[0-9a-f]{48}', 'RubyGems API keys'),
  token('crates-io-token', ['cio'], `${APART}(cio[A-Za-z0-9]{32})(?:[^A-Za-z0-9]|$)`, 'crates.io API tokens'),
  token('nuget-key', ['oy2'], `${APART}(oy2[a-z0-9]{43})(?:[^a-z0-9]|$)`, 'NuGet API keys'),
  token('docker-hub-token', ['dckr_pat_', 'dckr_oat_'], 'dckr_[po]at_[A-Za-z0-9_-]{20,}', 'Docker Hub access tokens'),
  token(
    'docker-registry-auth',
    ['"auth"', '"identitytoken"', '"registrytoken"'],
    String.raw`"(?:auth|identitytoken|registrytoken)\\?"\s{0,8}:\s{0,8}\\?"([A-Za-z0-9+/=._-]{8,})\\?"`,
    'Docker config.json',
  ),
  token(
    'slack-token',
    ['xox', 'xapp-', 'xwfp-'],
    String.raw`(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[A-Za-z0-9-]{10,}`,
    'Slack token types',
  ),
  token(
    'slack-webhook',
    ['hooks.slack.com'],
    String.raw`hooks\.slack\.com\\?/(?:services|workflows|triggers)\\?/([A-Za-z0-9/_+\\-]{20,})`,
    'Slack incoming webhooks',
  ),
  token(
    'discord-webhook',
    ['/api/webhooks/'],
    String.raw`discord(?:app)?\.com\\?/api\\?/webhooks\\?/([0-9]{15,20}\\?/[A-Za-z0-9_-]{50,})`,
    'Discord webhooks',
  ),
  token(
    'discord-bot-token',
    ['discord', 'bot '],
    String.raw`(?:(?i)discord[^\n]{0,64}?|\bBot )([MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})`,
    'Discord authentication',
  ),
  token(
    'telegram-bot-token',
    [':aa'],
    String.raw`(?:^|[^0-9])([0-9]{8,10}:AA[A-Za-z0-9_-]{32,34})(?:[^A-Za-z0-9_-]|$)`,
    'Telegram Bot API',
  ),
  token(
    'teams-webhook',
    ['webhook.office.com'],
    String.raw`webhook\.office\.com\\?/webhookb2\\?/([A-Za-z0-9@/\\-]{60,})`,
    'Microsoft Teams incoming webhooks',
  ),
  token(
    'stripe-key',
    ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'sk_prod_', 'rk_prod_', 'whsec_'],
    '[rs]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{24,}',
    'Stripe API keys',
  ),
  token('square-token', ['sq0atp-', 'sq0csp-'], 'sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}', 'Square access tokens'),
  token(
    'shopify-token',
    ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    'shp(?:at|ca|pa|ss)_[0-9A-Za-z]{32}',
    'Shopify access tokens',
  ),
  token('twilio-key', TWILIO, `${APART}(SK[0-9a-f]{32})(?:[^0-9a-z]|$)`, 'Twilio API keys'),
  token(
    'sendgrid-key',
    ['sg.'],
    String.raw`SG\.(?:[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}|[A-Za-z0-9=_.-]{66})`,
    'SendGrid API keys',
  ),
  token(
    'mailgun-key',
    ['key-'],
    String.raw`${APART}((?:pub)?key-[0-9a-f]{32})(?:[^0-9a-z.]|\.\s|\.?$)`,
    'Mailgun API keys',
  ),
  token('mailchimp-key', ['-us'], `${APART}([0-9a-f]{32}-us[0-9]{1,2})(?:[^0-9a-z]|$)`, 'Mailchimp API keys'),
  token('brevo-key', ['xkeysib-', 'xsmtpsib-'], 'x(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}', 'Brevo API keys'),
  token('postman-key', ['pmak-'], 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}', 'Postman API keys'),
  token('anthropic-key', ['sk-ant-'], 'sk-ant-[A-Za-z0-9_-]{20,}', 'Anthropic API keys'),
  token(
    'openai-key',
    ['sk-'],
    String.raw`${APART}(sk-(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,})`,
    'OpenAI API keys',
  ),
  token('openrouter-key', ['sk-or-'], 'sk-or-(?:v1-)?[0-9a-f]{32,}', 'OpenRouter API keys'),
  token(
    'huggingface-token',
    ['hf_', 'api_org_'],
    `${APART}((?:hf|api_org)_[A-Za-z0-9]{30,})`,
    'Hugging Face access tokens',
  ),
  token('groq-key', ['gsk_'], 'gsk_[A-Za-z0-9]{40,}', 'Groq API keys'),
  token('xai-key', ['xai-'], 'xai-[A-Za-z0-9]{60,}', 'xAI API keys'),
  token('perplexity-key', ['pplx-'], 'pplx-[A-Za-z0-9]{40,}', 'Perplexity API keys'),
  token('replicate-token', ['r8_'], `${APART}(r8_[A-Za-z0-9]{37,40})`, 'Replicate API tokens'),
  token('langsmith-key', ['lsv2_'], 'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}', 'LangSmith API keys'),
  token('linear-key', ['lin_api_', 'lin_oauth_'], 'lin_(?:api|oauth)_[A-Za-z0-9_]{32,}', 'Linear API keys'),
  token(
    'notion-token',
    ['ntn_', 'secret_'],
    `${APART}(ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})(?:[^A-Za-z0-9]|$)`,
    'Notion integration tokens',
  ),
  token('figma-token', ['figd_'], 'figd_[A-Za-z0-9_-]{40,}', 'Figma access tokens'),
  token(
    'grafana-token',
    ['glsa_', 'glc_', 'eyjrijoi'],
    'glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_[A-Za-z0-9+/=]{32,}|eyJrIjoi[A-Za-z0-9+/=_-]{40,}',
    'Grafana service account tokens',
  ),
  token('new-relic-key', ['nrak-', 'nrjs-', 'nrii-'], 'NR(?:AK|JS|II)-[A-Za-z0-9_-]{19,}', 'New Relic API keys'),
  token('sentry-token', ['sntrys_', 'sntryu_'], 'sntry[su]_[A-Za-z0-9+/=_-]{40,}', 'Sentry auth tokens'),
  token(
    'dynatrace-token',
    ['dt0'],
    String.raw`dt0[a-z][0-9]{2}\.(?i)[A-Z0-9]{24}\.[A-Z0-9]{64}`,
    'Dynatrace access tokens',
  ),
  token(
    'doppler-token',
    ['dp.'],
    String.raw`${APART}(dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44})`,
    'Doppler tokens',
  ),
  token('1password-token', ['ops_ey'], 'ops_ey[A-Za-z0-9+/=_-]{100,}', '1Password service accounts'),
  token(
    'jwt',
    ['eyj'],
    String.raw`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]{0,}){1,3}`,
    'RFC 7519, RFC 7516',
  ),
  token('extended-private-key', ['xprv', 'zprv', 'yprv'], '[xyz]prv[1-9A-HJ-NP-Za-km-z]{100,112}', 'BIP 32'),
];
