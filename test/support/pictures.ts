/** Small pictures. */
import jpeg from 'jpeg-js';

/** A PNG of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A JPEG, grey as `shade` (0 to 255) says of each pixel. */
export function jpegOf(width: number, height: number, shade: (x: number, y: number) => number): Buffer {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.fill(shade(x, y), (y * width + x) * 4, (y * width + x) * 4 + 3);
  }
  return jpeg.encode({ width, height, data }, 100).data;
}
