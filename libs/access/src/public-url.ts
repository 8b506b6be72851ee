import { Inject, Injectable } from '@nestjs/common';
import { ACCESS_CONFIG } from './access-config';
import type { AccessConfig } from '@portolan/config';

/** The origin under which clients reach the API; never what a request says of its own host. */
@Injectable()
export class PublicUrl {
  private listening = 'http://localhost';

  constructor(@Inject(ACCESS_CONFIG) private readonly config: AccessConfig) {}

  /** Without a slash at its end. */
  get origin(): string {
    return this.config.publicUrl ?? this.listening;
  }

  /** The API tells where it listens, which counts where nothing is configured. */
  listensAt(url: string): void {
    this.listening = new URL(url).origin;
  }
}
