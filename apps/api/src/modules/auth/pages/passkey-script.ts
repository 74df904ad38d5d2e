/**
 * What pages need to talk to a passkey: the one script of ours that browsers get. It shows the buttons, which are hidden where there is no script or
 * no passkey can be had, and sends what the device answers with the form around the button. What it asks the device stands in the page.
 */
export const PASSKEY_SCRIPT = `'use strict';
(() => {
  const passkeys = window.PublicKeyCredential;
  if (!passkeys || !passkeys.parseRequestOptionsFromJSON || !passkeys.parseCreationOptionsFromJSON) return;

  const asked = {
    use: (options) => navigator.credentials.get({ publicKey: passkeys.parseRequestOptionsFromJSON(options) }),
    make: (options) => navigator.credentials.create({ publicKey: passkeys.parseCreationOptionsFromJSON(options) }),
  };
  const sentences = {
    InvalidStateError: 'This device has a passkey for your account already.',
    NotAllowedError: 'Nothing was done: it was called off, took too long, or there is no passkey here.',
  };

  for (const button of document.querySelectorAll('button[data-passkey]')) {
    const { form } = button;
    const problem = form.querySelector('[role=alert]');
    const say = (text) => {
      problem.hidden = text === '';
      problem.textContent = text;
    };
    button.hidden = false;
    for (const instead of form.querySelectorAll('[data-without-passkeys]')) instead.hidden = true;
    button.addEventListener('click', async () => {
      button.disabled = true;
      say('');
      try {
        const answer = await asked[button.dataset.passkey](JSON.parse(button.dataset.options));
        form.elements.credential.value = JSON.stringify(answer.toJSON());
        form.submit();
      } catch (error) {
        say(sentences[error.name] ?? 'That did not work: ' + error.message);
        button.disabled = false;
      }
    });
  }
})();
`;
