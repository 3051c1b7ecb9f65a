/** A resource that a run created. */
export interface Created {
  readonly description: string;
  /** The command that deletes it by hand. */
  readonly command: string;
  delete(): Promise<void>;
}

/** What a run created and has to delete. */
export class Cleanup {
  private created: Created[] = [];

  constructor(private readonly log: (line: string) => void) {}

  public add(created: Created): void {
    this.created.push(created);
  }

  /** Adds what is to be deleted after everything else. */
  public addLast(created: Created): void {
    this.created.unshift(created);
  }

  /** Deletes everything, the newest first. What it fails to delete is retained in the list. Returns that list. */
  public async run(): Promise<readonly Created[]> {
    const failed: Created[] = [];
    for (const created of [...this.created].reverse()) {
      try {
        await created.delete();
      } catch (error) {
        this.log(`failed to delete ${created.description}: ${(error as Error).message}`);
        failed.unshift(created);
      }
    }
    return this.created = failed;
  }
}
