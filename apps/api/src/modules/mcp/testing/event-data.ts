/** The data of the events of a stream, without comments. Enough for what our own server writes: one data line an event. */
export async function* eventData(response: Response): AsyncGenerator<string, void> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    yield* blocks.flatMap((block) => block.match(/^data: (.*)$/m)?.[1] ?? []);
  }
}
