import { hasCode, IamError } from '../../src/handler/iam';

const errorOf = (name: string, message = '') => Object.assign(new Error(message), { name });

test.each([
  ['as IAM spells it', true, new IamError('getRole', errorOf('NoSuchEntity'))],
  ['as the SDK spells some', true, new IamError('getRole', errorOf('NoSuchEntityException'))],
  ['in its message only', false, new IamError('getRole', errorOf('AccessDenied', 'NoSuchEntity'))],
  ['but not from IAM', false, errorOf('NoSuchEntity')],
])('an error with the code, %s: %p', (_, expected, error) => {
  expect(hasCode(error, 'NoSuchEntity')).toBe(expected);
});

test('an error of a call keeps the original error as its cause', () => {
  const cause = new TypeError('no');
  expect(new IamError('getRole', cause)).toMatchObject({ name: 'TypeError', cause });
});
